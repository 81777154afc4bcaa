import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { isPaid, requireQualifiedLinks, type AgreedRel, type AgreementVia, type Compensation } from '../../domain/agreement-rules.js';
import { NotFound, RuleViolation } from '../../domain/errors.js';
import { linkKey } from '../../domain/link-key.js';
import { requireManualMove } from '../../domain/machines/machine.js';
import { OPPORTUNITY, type OpportunityStage } from '../../domain/machines/opportunity.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock, DAY_MS } from '../../platform/clock.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { newId } from '../../platform/ids.js';
import type { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { page, readPage, type Page } from '../../platform/http/lists/paging.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import { Agreement, AgreementItem } from './agreement.entity.js';
import { AGREEMENT_LIST, linksOfCard, listAgreements, type AgreementRow } from './opportunities.queries.js';
import { SiteGuard } from './site-guard.service.js';

export interface NewAgreement {
  readonly via: AgreementVia;
  readonly compensation: Compensation;
  readonly fee?: { readonly amount: number; readonly currency: string } | undefined;
  readonly items: readonly {
    readonly targetUrl: string;
    readonly anchor?: string | undefined;
    readonly rel?: readonly AgreedRel[] | undefined;
    readonly sourceUrl?: string | undefined;
    readonly required?: boolean | undefined;
  }[];
  readonly publishOn?: string | undefined;
  readonly linkUntil?: string | undefined;
  readonly proofMessageId?: string | undefined;
  readonly pitchId?: string | undefined;
}

interface Card {
  readonly id: string;
  readonly campaignId: string;
  readonly projectId: string;
  readonly prospectId: string;
  readonly stage: OpportunityStage;
}

/** One link that the terms ask for, as the watched link is to hold it. */
interface Promised {
  readonly itemId: string;
  readonly targetUrl: string;
  readonly targetKey: string;
  readonly anchor: string | null;
  readonly rel: readonly AgreedRel[] | null;
  readonly required: boolean;
  readonly paid: boolean;
  readonly expiresAt: Date | null;
}

/** The terms of opportunities, and the links that they promise (F60, F61). */
@Injectable()
export class Agreements {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly guard: SiteGuard,
  ) {}

  /** @throws NotFound */
  async list(actor: Actor, opportunityId: string, query: PageQuery): Promise<Page<AgreementRow>> {
    const list = readPage(query, AGREEMENT_LIST);
    await loadCard(this.db.manager, actor.workspaceId, opportunityId);
    const found = await listAgreements(this.db, actor.workspaceId, opportunityId, list);
    return page(found, list.limit, (row) => [row.number], list.sort);
  }

  /**
   * Sets the terms of an opportunity: the next version of them. Each item gets a link to watch; links of earlier terms to
   * the same page are taken over, the others are no longer asked for.
   * @throws NotFound, RuleViolation `paid_link_must_be_qualified`
   */
  create(actor: Actor, opportunityId: string, input: NewAgreement): Promise<AgreementRow> {
    requireQualifiedLinks(input);
    const keys = input.items.map(({ targetUrl }, at) => requireKey(targetUrl, `/items/${at}/targetUrl`));
    return transact(this.db, async (tx) => {
      const { workspaceId } = actor;
      const { prospectId } = await loadCard(tx, workspaceId, opportunityId);
      await this.guard.lock(tx, workspaceId, prospectId); // numbers are counted one by one, and the lock order begins here
      const card = await loadCard(tx, workspaceId, opportunityId);
      await requireSubjects(tx, workspaceId, opportunityId, input);

      const { id: agreementId, number } = await this.insert(tx, actor, card, input);
      const promised = await this.insertItems(tx, workspaceId, agreementId, { input, keys });
      if (input.pitchId !== undefined) {
        await rows(tx, 'UPDATE pitches SET agreement_id = $3 WHERE workspace_id = $1 AND id = $2', [workspaceId, input.pitchId, agreementId]);
      }
      await this.takeOver(tx, actor, card, promised);
      await this.pipeline.record(tx, actor, { kind: 'agreement_made', opportunityId, pitchId: input.pitchId ?? null });
      await this.agreeByHand(tx, actor, card);
      await audit(tx, actor, {
        ...{ action: 'agreement.made', subjectType: 'opportunity', subjectId: opportunityId },
        ...{ at: this.clock.now(), details: { agreementId, number } },
      });

      const [made] = await listAgreements(tx, workspaceId, opportunityId, { limit: 1, sort: '-createdAt', filters: {} });
      if (!made) throw new Error('An agreement vanished while it was made.');
      return made;
    });
  }

  private async insert(tx: EntityManager, actor: Actor, card: Card, input: NewAgreement): Promise<{ id: string; number: number }> {
    const { workspaceId } = actor;
    const last = await firstRow<{ number: number }>(
      tx,
      'SELECT coalesce(max(number), 0) AS number FROM agreements WHERE workspace_id = $1 AND opportunity_id = $2',
      [workspaceId, card.id],
    );
    const row = { id: newId(), number: (last?.number ?? 0) + 1 };
    await tx.insert(Agreement, {
      ...row,
      workspaceId,
      opportunityId: card.id,
      via: input.via,
      compensation: input.compensation,
      feeAmount: input.fee?.amount ?? null,
      feeCurrency: input.fee?.currency ?? null,
      publishOn: input.publishOn ?? null,
      linkUntil: input.linkUntil ?? null,
      proofMessageId: input.proofMessageId ?? null,
      createdBy: actor.memberId,
      createdAt: this.clock.now(),
    });
    return row;
  }

  private async insertItems(
    tx: EntityManager,
    workspaceId: string,
    agreementId: string,
    { input, keys }: { readonly input: NewAgreement; readonly keys: readonly string[] },
  ): Promise<Promised[]> {
    const expiresAt = input.linkUntil === undefined ? null : endOfDay(input.linkUntil);
    const items = input.items.map((item) => ({
      workspaceId,
      id: newId(),
      agreementId,
      targetUrl: item.targetUrl,
      anchor: item.anchor ?? null,
      rel: item.rel && item.rel.length > 0 ? [...item.rel] : null,
      sourceUrl: item.sourceUrl ?? null,
      required: item.required ?? true,
    }));
    await tx.insert(AgreementItem, items);
    return items.map(({ id, targetUrl, anchor, rel, required }, at) => ({
      ...{ itemId: id, targetUrl, targetKey: keys[at] ?? targetUrl, anchor, rel, required },
      ...{ paid: isPaid(input), expiresAt },
    }));
  }

  /** One link for each item: the one that is there for the same page, else one that is expected. */
  private async takeOver(tx: EntityManager, actor: Actor, card: Card, promised: readonly Promised[]): Promise<void> {
    const left = await linksOfCard(tx, actor.workspaceId, card.id);
    for (const one of promised) {
      const at = left.findIndex((link) => link.targetKey === one.targetKey);
      const [known] = at < 0 ? [] : left.splice(at, 1);
      if (known) await this.adopt(tx, actor.workspaceId, known.id, one);
      else await this.expect(tx, actor, card, one);
    }
    for (const link of left.filter(({ agreementItemId }) => agreementItemId !== null)) {
      await rows(tx, 'UPDATE backlinks SET required = false, agreement_item_id = NULL WHERE workspace_id = $1 AND id = $2', [
        actor.workspaceId,
        link.id,
      ]);
      if (link.state === 'expected') {
        const reasonCode = 'no_longer_agreed';
        await this.pipeline.move(tx, actor, { machine: 'backlink', id: link.id, to: 'closed', ifVersion: '*', reasonCode });
      }
    }
  }

  private async adopt(tx: EntityManager, workspaceId: string, id: string, promised: Promised): Promise<void> {
    await rows(
      tx,
      `UPDATE backlinks SET version = version + 1, agreement_item_id = $3, expected_anchor = $4, expected_rel = $5, paid = $6, required = $7, expires_at = $8
        WHERE workspace_id = $1 AND id = $2`,
      [workspaceId, id, promised.itemId, promised.anchor, promised.rel, promised.paid, promised.required, promised.expiresAt],
    );
  }

  private async expect(tx: EntityManager, actor: Actor, card: Card, promised: Promised): Promise<void> {
    const row = {
      id: newId(),
      ...{ projectId: card.projectId, campaignId: card.campaignId, opportunityId: card.id, prospectId: card.prospectId },
      ...{ agreementItemId: promised.itemId, origin: 'outreach', targetUrl: promised.targetUrl, targetKey: promised.targetKey },
      ...{ expectedAnchor: promised.anchor, expectedRel: promised.rel, paid: promised.paid, required: promised.required },
      expiresAt: promised.expiresAt,
    };
    await this.pipeline.create(tx, actor, { machine: 'backlink', state: 'expected', on: 'agreement_made', row });
  }

  /** Terms before any mail are a person's deal (vendor, partner, phone): the one way on from there is by hand (state-model 1). */
  private async agreeByHand(tx: EntityManager, actor: Actor, card: Card): Promise<void> {
    if (card.stage !== 'qualified' && card.stage !== 'ready') return;
    requireManualMove(OPPORTUNITY, card.stage, 'agreed');
    await this.pipeline.move(tx, actor, { machine: 'opportunity', id: card.id, to: 'agreed', ifVersion: '*' });
  }
}

/** @throws RuleViolation `invalid_url` */
function requireKey(url: string, pointer: string): string {
  const key = linkKey(url);
  if (key !== undefined) return key;
  throw RuleViolation.at(pointer, 'invalid_url', 'This is no http(s) address, or one longer than 2,048 characters once it is normalised.');
}

async function loadCard(tx: EntityManager, workspaceId: string, id: string): Promise<Card> {
  const card = await firstRow<Card>(
    tx,
    `SELECT id, campaign_id AS "campaignId", project_id AS "projectId", prospect_id AS "prospectId", stage FROM opportunities
      WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, id],
  );
  if (!card) throw new NotFound('opportunity');
  return card;
}

async function requireSubjects(tx: EntityManager, workspaceId: string, opportunityId: string, input: NewAgreement): Promise<void> {
  const { pitchId, proofMessageId } = input;
  const pitch = 'SELECT FROM pitches WHERE workspace_id = $1 AND id = $2 AND opportunity_id = $3';
  if (pitchId !== undefined && !(await firstRow(tx, pitch, [workspaceId, pitchId, opportunityId]))) throw new NotFound('pitch', '/pitchId');
  const message = 'SELECT FROM messages WHERE workspace_id = $1 AND id = $2';
  if (proofMessageId !== undefined && !(await firstRow(tx, message, [workspaceId, proofMessageId]))) throw new NotFound('message', '/proofMessageId');
}

/** The link is kept through the whole of its last day, wherever that is. */
function endOfDay(day: string): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS);
}
