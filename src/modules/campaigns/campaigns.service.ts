import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, NotFound } from '../../domain/errors.js';
import { OFFICE_HOURS } from '../../domain/send-window.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { CREATION_ORDER, creationKey } from '../../platform/database/creation-order.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { type SendWindowRequest, toSendWindow } from '../../platform/http/input/send-window.dto.js';
import type { SearchQuery } from '../../platform/http/lists/page-query.dto.js';
import { page, type Page, readPage } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import { Campaign, type Tactic } from './campaign.entity.js';
import { type CampaignRow, findCampaign, hasOpportunities, knownParts, listCampaigns, type Parts, replaceMailboxes } from './campaigns.queries.js';

export interface NewCampaign extends Parts {
  readonly name: string;
  readonly tactic: Tactic;
  readonly window?: SendWindowRequest | null | undefined;
  readonly limits?: { readonly perDay?: number | null | undefined } | undefined;
  readonly weight?: number | undefined;
  readonly externalRef?: string | null | undefined;
}

export type CampaignChange = { readonly [Field in keyof NewCampaign]?: NewCampaign[Field] | undefined };

/** What a campaign is; once contacts go through it, it stays that. */
const FIXED_FROM_START = ['projectId', 'targetPageId', 'tactic', 'sequenceId'] as const;

/** Campaigns as they are planned. Outreach starts, pauses and fills them. */
@Injectable()
export class Campaigns {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  async list(actor: Actor, query: SearchQuery): Promise<Page<CampaignRow>> {
    const list = readPage(query, { ...CREATION_ORDER, filters: ['projectId', 'state', 'externalRef'] });
    const { projectId: projectIds, state: states, externalRef: externalRefs } = list.filters;
    const found = await listCampaigns(this.db, actor, { ...list, projectIds, states, externalRefs });
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws NotFound */
  async get({ workspaceId }: Actor, id: string): Promise<CampaignRow> {
    const campaign = await findCampaign(this.db, workspaceId, id);
    if (!campaign) throw new NotFound('campaign');
    return campaign;
  }

  /** @throws NotFound for a part of it, RuleViolation for a window that never opens */
  async create(actor: Actor, input: NewCampaign): Promise<CampaignRow> {
    const { workspaceId } = actor;
    const { name, projectId, targetPageId, tactic, sequenceId } = input;
    const sendWindow = input.window === undefined ? OFFICE_HOURS : toSendWindow(input.window);
    const [id, at] = [newId(), this.clock.now()];
    await transact(this.db, async (tx) => {
      await requireParts(tx, workspaceId, input);
      await tx.insert(Campaign, {
        ...{ workspaceId, id, version: 1, name, projectId, targetPageId, tactic, sequenceId, sendWindow },
        ...{ weight: input.weight ?? 1, perDay: input.limits?.perDay ?? null, lateBefore: null },
        ...{ state: 'draft', pauseReason: null, externalRef: input.externalRef ?? null, startedAt: null, createdAt: at },
      });
      await replaceMailboxes(tx, workspaceId, id, input.mailboxIds);
      await audit(tx, actor, { action: 'campaign.created', subjectId: id, at });
    });
    return this.get(actor, id);
  }

  /** @throws NotFound, VersionMismatch, RuleViolation, Conflict `campaign_started`, `campaign_in_use` */
  async change(actor: Actor, id: string, input: CampaignChange, ifVersion: IfVersion): Promise<CampaignRow> {
    const { workspaceId } = actor;
    const window = input.window === undefined ? undefined : toSendWindow(input.window);
    await transact(this.db, async (tx) => {
      const at = this.clock.now();
      // first: its lock keeps the campaign from starting meanwhile
      await changeRow(
        tx,
        { table: 'campaigns', thing: 'campaign', workspaceId, id, ifVersion },
        { name: input.name, send_window: window, weight: input.weight, per_day: input.limits?.perDay, external_ref: input.externalRef },
      );
      await changeParts(tx, workspaceId, await findInTransaction(tx, workspaceId, id), input);
      await audit(tx, actor, { action: 'campaign.changed', subjectId: id, at, details: { fields: Object.keys(input) } });
    });
    return this.get(actor, id);
  }
}

async function findInTransaction(tx: EntityManager, workspaceId: string, id: string): Promise<CampaignRow> {
  const campaign = await findCampaign(tx, workspaceId, id);
  if (!campaign) throw new NotFound('campaign');
  return campaign;
}

async function changeParts(tx: EntityManager, workspaceId: string, campaign: CampaignRow, input: CampaignChange): Promise<void> {
  const fields = FIXED_FROM_START.filter((field) => input[field] !== undefined && input[field].toLowerCase() !== campaign[field]);
  if (fields.length === 0 && input.mailboxIds === undefined) return;
  await refuseFixed(tx, workspaceId, campaign, fields);
  const { projectId, targetPageId, tactic, sequenceId, mailboxIds } = { ...campaign, ...given(input) };
  await requireParts(tx, workspaceId, { projectId, targetPageId, sequenceId, mailboxIds });
  if (fields.length > 0) await tx.update(Campaign, { workspaceId, id: campaign.id }, { projectId, targetPageId, tactic, sequenceId });
  if (input.mailboxIds) await replaceMailboxes(tx, workspaceId, campaign.id, input.mailboxIds);
}

function given(input: CampaignChange): Partial<Parts & { tactic: Tactic }> {
  const { projectId, targetPageId, tactic, sequenceId, mailboxIds } = input;
  return {
    ...(projectId !== undefined && { projectId }),
    ...(targetPageId !== undefined && { targetPageId }),
    ...(tactic !== undefined && { tactic }),
    ...(sequenceId !== undefined && { sequenceId }),
    ...(mailboxIds !== undefined && { mailboxIds }),
  };
}

/** Opportunities keep a copy of the project, enrollments one of the sequence's version: those two stay once there are any. */
async function refuseFixed(tx: EntityManager, workspaceId: string, campaign: CampaignRow, fields: readonly string[]): Promise<void> {
  if (fields.length === 0) return;
  if (campaign.state !== 'draft')
    throw new Conflict('campaign_started', `The campaign has started: ${fields.join(', ')} cannot change any more.`, { fields });
  const copied = fields.filter((field) => field === 'projectId' || field === 'sequenceId');
  if (copied.length > 0 && (await hasOpportunities(tx, workspaceId, campaign.id))) {
    throw new Conflict('campaign_in_use', `There are opportunities in the campaign: ${copied.join(', ')} cannot change any more.`, {
      fields: copied,
    });
  }
}

async function requireParts(tx: EntityManager, workspaceId: string, parts: Parts): Promise<void> {
  const known = await knownParts(tx, workspaceId, parts);
  if (!known.project) throw new NotFound('project', '/projectId');
  if (!known.targetPage) throw new NotFound('target page of this project', '/targetPageId');
  if (!known.sequence) throw new NotFound('sequence', '/sequenceId');
  const unknown = parts.mailboxIds.findIndex((id) => !known.mailboxIds.includes(id.toLowerCase()));
  if (unknown !== -1) throw new NotFound('mailbox', `/mailboxIds/${unknown}`);
}
