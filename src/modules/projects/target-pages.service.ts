import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound, RuleViolation } from '../../domain/errors.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { creationKey } from '../../platform/database/creation-order.js';
import { insertIfNew } from '../../platform/database/insert-if-new.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import type { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { type Page, page, readPage } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import { fetchableUrl } from '../../platform/web-fetch/net/fetch-refusal.js';
import { listTargetPages, TARGET_PAGE_LIST } from './projects.queries.js';
import { Projects } from './projects.service.js';
import { TargetPage } from './target-page.entity.js';

export interface TargetPageInput {
  readonly url: string;
  readonly title?: string | null | undefined;
  readonly anchors?: readonly string[] | undefined;
}

/** A page and the project it stands under. */
export interface TargetPagePlace {
  readonly projectId: string;
  readonly id: string;
}

/** The pages of a project that links are wanted to. */
@Injectable()
export class TargetPages {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly projects: Projects,
  ) {}

  /**
   * Known already: the same page, unchanged.
   * @throws NotFound for the project; RuleViolation `url_not_accepted`
   */
  async create(actor: Actor, projectId: string, input: TargetPageInput): Promise<{ page: TargetPage; created: boolean }> {
    const { workspaceId } = actor;
    await this.projects.get(actor, projectId);
    requireWebAddress(input.url);
    const createdAt = this.clock.now();
    const { url, title = null, anchors } = input;
    const row = { workspaceId, id: newId(), version: 1, projectId, url, title, anchors: [...(anchors ?? [])], createdAt };
    return transact(this.db, async (tx) => {
      const created = await insertIfNew(tx, TargetPage, row);
      if (created) await audit(tx, actor, { action: 'target_page.created', subjectId: row.id, at: createdAt, details: { projectId } });
      return { page: await tx.findOneByOrFail(TargetPage, { workspaceId, projectId, url }), created };
    });
  }

  /** @throws NotFound */
  async get(actor: Actor, { projectId, id }: TargetPagePlace): Promise<TargetPage> {
    const found = await this.db.manager.findOneBy(TargetPage, { workspaceId: actor.workspaceId, projectId, id });
    if (!found) throw new NotFound('target page');
    return found;
  }

  /** @throws NotFound for the project */
  async list(actor: Actor, projectId: string, query: PageQuery): Promise<Page<TargetPage>> {
    const list = readPage(query, TARGET_PAGE_LIST);
    await this.projects.get(actor, projectId);
    const found = await listTargetPages(this.db.manager, { workspaceId: actor.workspaceId, projectId }, list);
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws NotFound, VersionMismatch, RuleViolation `url_not_accepted` */
  async change(actor: Actor, place: TargetPagePlace, changes: Partial<TargetPageInput>, ifVersion: IfVersion): Promise<TargetPage> {
    const { url, title, anchors } = changes;
    if (url !== undefined) requireWebAddress(url);
    await this.get(actor, place); // a page of another project is not there
    await transact(this.db, async (tx) => {
      const row = { table: 'target_pages', thing: 'target page', workspaceId: actor.workspaceId, id: place.id, ifVersion };
      await changeRow(tx, row, { url, title, anchors });
      const details = { fields: Object.keys(changes) };
      await audit(tx, actor, { action: 'target_page.changed', subjectId: place.id, at: this.clock.now(), details });
    });
    return this.get(actor, place);
  }
}

function requireWebAddress(url: string): void {
  if (fetchableUrl(url)) return;
  throw RuleViolation.at('/url', 'url_not_accepted', 'Only http and https addresses without a user name and password are taken.');
}
