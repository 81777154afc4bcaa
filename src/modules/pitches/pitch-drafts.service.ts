import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { transact } from '../../platform/database/transact.js';
import type { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { type Page, page, readPage } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import { addDraft, DRAFT_LIST, type DraftRow, type DraftWithText, findDraft, listDrafts } from './pitch-drafts.queries.js';
import { lockPitch } from './pitches.queries.js';
import { Pitches } from './pitches.service.js';

/** The article of a pitch, version by version (F59); a version never changes. */
@Injectable()
export class PitchDrafts {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pitches: Pitches,
  ) {}

  /** @throws NotFound */
  add(actor: Actor, pitchId: string, input: { readonly text: string; readonly remarks?: string | undefined }): Promise<DraftWithText> {
    const { workspaceId } = actor;
    return transact(this.db, async (tx) => {
      if (!(await lockPitch(tx, workspaceId, pitchId))) throw new NotFound('pitch');
      const id = newId();
      const createdAt = this.clock.now();
      await addDraft(tx, workspaceId, { id, pitchId, text: input.text, remarks: input.remarks ?? null, createdAt });
      await audit(tx, actor, { action: 'pitch.draft_added', subjectId: pitchId, at: createdAt, details: { draftId: id } });
      return this.read(tx, workspaceId, { pitchId, id });
    });
  }

  /** @throws NotFound */
  async list(actor: Actor, pitchId: string, query: PageQuery): Promise<Page<DraftRow>> {
    await this.pitches.get(actor, pitchId);
    const list = readPage(query, DRAFT_LIST);
    const found = await listDrafts(this.db.manager, { workspaceId: actor.workspaceId, pitchId }, list);
    return page(found, list.limit, (row) => [row.number, row.id], list.sort);
  }

  /** @throws NotFound */
  get(actor: Actor, pitchId: string, id: string): Promise<DraftWithText> {
    return this.read(this.db.manager, actor.workspaceId, { pitchId, id });
  }

  private async read(
    tx: Pick<EntityManager, 'query'>,
    workspaceId: string,
    of: { readonly pitchId: string; readonly id: string },
  ): Promise<DraftWithText> {
    const found = await findDraft(tx, workspaceId, of);
    if (!found) throw new NotFound('draft');
    return found;
  }
}
