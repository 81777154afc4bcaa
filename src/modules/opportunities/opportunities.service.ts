import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Forbidden, NotFound } from '../../domain/errors.js';
import { isTerminal } from '../../domain/machines/machine.js';
import { OPPORTUNITY, type OpportunityStage } from '../../domain/machines/opportunity.js';
import { isManager } from '../../domain/permissions.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { creationKey } from '../../platform/database/creation-order.js';
import { firstRow } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { page, readPage, type Page } from '../../platform/http/lists/paging.js';
import type { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { newId } from '../../platform/ids.js';
import { leaveNote } from '../pipeline/left-for-people.service.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import { findRecordPlace } from '../pipeline/record-places.service.js';
import { requireWorker } from '../workspaces/members.service.js';
import { findOpportunity, listOpportunities, loadBoard, OPPORTUNITY_LIST, type BoardColumn, type OpportunityRow } from './opportunities.queries.js';
import { SiteGuard } from './site-guard.service.js';

export interface NewOpportunity {
  readonly campaignId: string;
  readonly prospectId: string;
  readonly ownerId?: string | undefined;
  readonly overrideReason?: string | undefined;
  readonly pageUrl?: string | undefined;
  readonly externalRef?: string | undefined;
}

export interface Ensured {
  readonly id: string;
  /** False when the prospect was worked in this campaign already. */
  readonly created: boolean;
}

/** Prospects worked in campaigns: the cards on the board. */
@Injectable()
export class Opportunities {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly guard: SiteGuard,
  ) {}

  async list(actor: Actor, query: PageQuery): Promise<Page<OpportunityRow>> {
    const list = readPage(query, OPPORTUNITY_LIST);
    const found = await listOpportunities(this.db, actor, list);
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws NotFound */
  async get(actor: Actor, id: string): Promise<OpportunityRow> {
    const row = await findOpportunity(this.db, actor.workspaceId, id);
    if (!row) throw new NotFound('opportunity');
    return row;
  }

  async board(actor: Actor, of: { campaignId?: string; projectId?: string }): Promise<BoardColumn[]> {
    return loadBoard(this.db, actor.workspaceId, of);
  }

  /** @throws NotFound, Forbidden, Conflict `site_already_in_contact` */
  create(actor: Actor, input: NewOpportunity): Promise<Ensured> {
    return transact(this.db, async (tx) => this.ensure(tx, actor, input));
  }

  /**
   * The card of a prospect in a campaign, made when there is none and the site is free (F3, F4). Locks the prospect.
   * @throws NotFound, Forbidden, Conflict `site_already_in_contact`
   */
  async ensure(tx: EntityManager, actor: Actor, input: NewOpportunity): Promise<Ensured> {
    const { workspaceId } = actor;
    const campaign = await firstRow<{ projectId: string }>(
      tx,
      'SELECT project_id AS "projectId" FROM campaigns WHERE workspace_id = $1 AND id = $2',
      [workspaceId, input.campaignId],
    );
    if (!campaign) throw new NotFound('campaign', '/campaignId');
    if (input.ownerId !== undefined) await requireWorker(tx, workspaceId, input.ownerId, { pointer: '/ownerId', projectId: campaign.projectId });
    const overrides = input.overrideReason !== undefined;
    if (overrides && !isManager(actor.role)) throw new Forbidden('Only a manager or an owner may override the guard.');

    const site = await this.guard.lock(tx, workspaceId, input.prospectId);
    const known = await firstRow<{ id: string }>(
      tx,
      'SELECT id FROM opportunities WHERE workspace_id = $1 AND campaign_id = $2 AND prospect_id = $3',
      [workspaceId, input.campaignId, input.prospectId],
    );
    if (known) return { id: known.id, created: false };
    if (!overrides) await this.guard.requireFree(tx, actor, site);
    return { id: await this.make(tx, actor, input, campaign.projectId), created: true };
  }

  /** @throws NotFound, VersionMismatch */
  change(
    actor: Actor,
    id: string,
    input: { readonly ownerId?: string | null; readonly pageUrl?: string | null; readonly nextActionOn?: string | null },
    ifVersion: IfVersion,
  ): Promise<OpportunityRow> {
    return transact(this.db, async (tx) => {
      if (input.ownerId) {
        const place = await findRecordPlace(tx, actor.workspaceId, 'opportunity', id);
        await requireWorker(tx, actor.workspaceId, input.ownerId, { pointer: '/ownerId', projectId: place?.projectId });
      }
      const row = { table: 'opportunities', thing: 'opportunity', workspaceId: actor.workspaceId, id, ifVersion };
      await changeRow(tx, row, { owner_id: input.ownerId, page_url: input.pageUrl, next_action_on: input.nextActionOn });
      await audit(tx, actor, { action: 'opportunity.changed', subjectId: id, at: this.clock.now(), details: { fields: Object.keys(input) } });
      return this.reread(tx, actor, id);
    });
  }

  /**
   * Moves a card by hand. One that is opened again passes the guard again (state-model 1).
   * @throws NotFound, VersionMismatch, IllegalTransition, Forbidden, RuleViolation, Conflict `site_already_in_contact`
   */
  move(actor: Actor, id: string, input: { readonly to: OpportunityStage; readonly reason?: string }, ifVersion: IfVersion): Promise<OpportunityRow> {
    return transact(this.db, async (tx) => {
      if (input.to === 'qualified') await this.guardReopening(tx, actor, id);
      await this.pipeline.move(tx, actor, { machine: 'opportunity', id, ifVersion, ...input });
      await audit(tx, actor, { action: 'opportunity.moved', subjectId: id, at: this.clock.now(), details: { to: input.to } });
      return this.reread(tx, actor, id);
    });
  }

  private async guardReopening(tx: EntityManager, actor: Actor, id: string): Promise<void> {
    const card = await firstRow<{ prospectId: string }>(
      tx,
      'SELECT prospect_id AS "prospectId" FROM opportunities WHERE workspace_id = $1 AND id = $2',
      [actor.workspaceId, id],
    );
    if (!card) throw new NotFound('opportunity');
    const site = await this.guard.lock(tx, actor.workspaceId, card.prospectId);
    const now = await this.reread(tx, actor, id); // under lock, so that it cannot be closed meanwhile
    if (isTerminal(OPPORTUNITY, now.stage) && now.guardOverride === null) await this.guard.requireNoOther(tx, actor, site, id);
  }

  private async make(tx: EntityManager, actor: Actor, input: NewOpportunity, projectId: string): Promise<string> {
    const id = newId();
    const overrides = input.overrideReason !== undefined;
    const row = {
      id,
      campaignId: input.campaignId,
      projectId,
      prospectId: input.prospectId,
      ownerId: input.ownerId ?? actor.memberId,
      pageUrl: input.pageUrl ?? null,
      externalRef: input.externalRef ?? null,
      guardOverride: overrides ? 'send' : null,
    };
    await this.pipeline.create(tx, actor, { machine: 'opportunity', state: 'new', on: 'opportunity_created', row });
    const at = this.clock.now();
    // the audit log holds no texts, so the reason becomes a note
    const note = { subjectType: 'opportunity', subjectId: id, authorId: actor.memberId, at };
    const noteId = input.overrideReason === undefined ? null : await leaveNote(tx, actor.workspaceId, { ...note, text: input.overrideReason });
    const action = overrides ? 'opportunity.guard_overridden' : 'opportunity.created';
    await audit(tx, actor, { action, subjectId: id, at, details: { prospectId: input.prospectId, noteId } });
    return id;
  }

  private async reread(tx: EntityManager, actor: Actor, id: string): Promise<OpportunityRow> {
    const row = await findOpportunity(tx, actor.workspaceId, id);
    if (!row) throw new NotFound('opportunity');
    return row;
  }
}
