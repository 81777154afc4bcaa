import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../../domain/errors.js';
import { type HeldBy, HeldSummary } from '../../../domain/held-summary.js';
import { UNSENT_MESSAGE_STATES } from '../../../domain/machines/message.js';
import type { PlanGateCode } from '../../../domain/plan-gates.js';
import type { GateCode } from '../../../domain/send-decision.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { PlanExplanations } from '../../outreach/planning/plan-explanations.service.js';
import { type MailFacts, MailFactsReader } from '../claim/final-check.service.js';
import { localDay } from '../limits/local-day.js';
import { type ExplainedMail, Explanations } from './explanations.service.js';

export interface Leaving {
  /** Mails of which anybody can say when they leave. */
  readonly mails: number;
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
  readonly days: readonly { readonly on: string; readonly mails: number }[];
}

export interface CampaignExplanation {
  readonly campaignId: string;
  readonly state: string;
  /** Mails that are written and have not left; the first 20,000 are looked at. */
  readonly unsent: number;
  readonly gates: readonly HeldBy<GateCode>[];
  readonly leaving: Leaving;
  /** Enrollments that go on with a step that has no mail yet. */
  readonly unplanned: number;
  readonly unplannedGates: readonly HeldBy<PlanGateCode>[];
  /** When the first of those is planned. */
  readonly plannedAt: Date | null;
}

const LOOKED_AT = 20_000;
/** Facts read in one statement; others have the process in between. */
const AT_ONCE = 500;

interface CampaignNow {
  readonly state: string;
  readonly zone: string;
  readonly unsent: number;
}

/** Sums up what holds the mails of a campaign, and when they leave (F29). */
@Injectable()
export class CampaignExplanations {
  constructor(
    private readonly db: DataSource,
    private readonly facts: MailFactsReader,
    private readonly mails: Explanations,
    private readonly plans: PlanExplanations,
  ) {}

  /** @throws NotFound */
  async explain({ workspaceId }: Actor, campaignId: string): Promise<CampaignExplanation> {
    const campaign = await firstRow<CampaignNow>(
      this.db,
      `SELECT c.state, w.time_zone AS zone, (SELECT count(*)::int FROM messages m
                WHERE m.workspace_id = $1 AND m.campaign_id = $2 AND m.direction = 'out' AND m.state = ANY ($3)) AS unsent
         FROM campaigns c JOIN workspaces w ON w.id = c.workspace_id WHERE c.workspace_id = $1 AND c.id = $2`,
      [workspaceId, campaignId, UNSENT_MESSAGE_STATES],
    );
    if (!campaign) throw new NotFound('campaign');
    const mails = await this.unsentMails(workspaceId, campaignId);
    const explained = await this.mails.explainAll(workspaceId, mails);
    const held = new HeldSummary<GateCode>();
    for (const [at, mail] of mails.entries()) held.add(mail.id, explained[at]?.gates ?? []);
    const planned = await this.sumUpPlans(workspaceId, campaignId);
    const { state, unsent, zone } = campaign;
    return { campaignId, state, unsent, gates: held.result(), leaving: leavingOf(explained, zone), ...planned };
  }

  private async unsentMails(workspaceId: string, campaignId: string): Promise<MailFacts[]> {
    const ids = await rows<{ id: string }>(
      this.db,
      `SELECT id FROM messages WHERE workspace_id = $1 AND campaign_id = $2 AND direction = 'out' AND state = ANY ($3) ORDER BY id LIMIT ${String(LOOKED_AT)}`,
      [workspaceId, campaignId, UNSENT_MESSAGE_STATES],
    );
    const mails: MailFacts[] = [];
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const batch = ids.slice(from, from + AT_ONCE).map(({ id }) => id);
      mails.push(...(await this.facts.read(this.db, workspaceId, batch)));
    }
    return mails;
  }

  private async sumUpPlans(
    workspaceId: string,
    campaignId: string,
  ): Promise<Pick<CampaignExplanation, 'unplanned' | 'unplannedGates' | 'plannedAt'>> {
    const held = new HeldSummary<PlanGateCode>();
    let [unplanned, plannedAt]: [number, Date | null] = [0, null];
    for await (const batch of this.plans.ofCampaign(workspaceId, campaignId)) {
      for (const { enrollmentId, gates, step, plannedAt: at } of batch) {
        if (step === null) continue; // it only waits for its end
        unplanned += 1;
        held.add(enrollmentId, gates);
        if (at && (!plannedAt || at < plannedAt)) plannedAt = at;
      }
    }
    return { unplanned, unplannedGates: held.result(), plannedAt };
  }
}

function leavingOf(explained: readonly ExplainedMail[], zone: string): Leaving {
  const times = explained.flatMap(({ earliestAt }) => (earliestAt ? [earliestAt.getTime()] : [])).sort((one, other) => one - other);
  const days = new Map<string, number>();
  for (const at of times) {
    const on = localDay(new Date(at), zone);
    days.set(on, (days.get(on) ?? 0) + 1);
  }
  const [first] = times;
  const last = times.at(-1);
  return {
    mails: times.length,
    firstAt: first === undefined ? null : new Date(first),
    lastAt: last === undefined ? null : new Date(last),
    days: [...days].map(([on, mails]) => ({ on, mails })),
  };
}
