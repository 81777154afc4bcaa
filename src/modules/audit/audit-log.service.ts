import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Forbidden } from '../../domain/errors.js';
import type { Actor } from '../../platform/auth/actor.js';
import { creationKey } from '../../platform/database/creation-order.js';
import type { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { type Page, page, readPage } from '../../platform/http/lists/paging.js';
import { AUDIT_LIST, type AuditRow, listEntries } from './audit-log.queries.js';

/** Reads the audit log; nothing here or elsewhere alters it (F55). */
@Injectable()
export class AuditLog {
  constructor(private readonly db: DataSource) {}

  /** @throws Forbidden for who sees only some projects: an entry is about any of them, and about the workspace */
  async list(actor: Actor, query: PageQuery): Promise<Page<AuditRow>> {
    if (actor.projectIds !== null) throw new Forbidden('The audit log is of all projects, and you see only some of them.');
    const list = readPage(query, AUDIT_LIST);
    const found = await listEntries(this.db, actor.workspaceId, list);
    return page(found, list.limit, creationKey, list.sort);
  }
}
