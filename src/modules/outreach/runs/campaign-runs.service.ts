import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, IllegalTransition, NotFound, RuleViolation, VersionMismatch } from '../../../domain/errors.js';
import { type GuardCode, type GuardNumbers, guardrailReason } from '../../../domain/guardrail.js';
import { audit, type AuditDetails } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { changeRow } from '../../../platform/database/versioned.js';
import { appendEvents } from '../../../platform/events/outbox.js';
import type { IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import { wake } from '../../../platform/jobs/work-loops.js';
import { leaveNote } from '../../pipeline/left-for-people.service.js';
import { type ResumePlan, Resumes, type ResumeWish } from '../resume/resumes.service.js';
import { takeUp } from '../outreach.queries.js';
import { Preflight } from '../preflight/preflight.service.js';

type CampaignState = 'draft' | 'running' | 'paused' | 'finished';

export interface CampaignRun {
  readonly id: string;
  readonly version: number;
  readonly projectId: string;
  readonly state: CampaignState;
  readonly pauseReason: string | null;
  readonly pauseCode: GuardCode | null;
  readonly pauseNumbers: GuardNumbers | null;
  readonly startedAt: Date | null;
}

/** What a campaign is held for when no person holds it. */
interface Guardrail {
  readonly code: GuardCode;
  readonly numbers: GuardNumbers;
}

/** With what becomes of its backlog. */
export type ResumedRun = CampaignRun & { readonly plan: ResumePlan };

/** What a person may do to a campaign by start, pause and resume. */
const NEXT: Readonly<Record<CampaignState, readonly CampaignState[]>> = {
  draft: ['running'],
  running: ['paused'],
  paused: ['running'],
  finished: [],
};

/** Starts campaigns, and holds them. A pause is a gate that planner and sender read; it moves no enrollment (state-model 3). */
@Injectable()
export class CampaignRuns {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly preflight: Preflight,
    private readonly resumes: Resumes,
  ) {}

  /**
   * Starts the campaign for all who are enrolled; the planner takes them up one by one. Who is enrolled later starts then.
   * @throws NotFound, VersionMismatch, IllegalTransition, Conflict `preflight_failed`
   */
  async start(actor: Actor, id: string, ifVersion: IfVersion): Promise<CampaignRun> {
    // before the transaction: it renders every mail, and nobody shall wait for that
    await this.requireState(this.db.manager, actor, { id, ifVersion, from: 'draft', to: 'running' });
    const { errors, warnings, counts } = await this.preflight.check(actor.workspaceId, id);
    if (errors.length > 0) throw new Conflict('preflight_failed', 'The campaign cannot start as it is.', { errors, warnings, counts });
    return transact(this.db, async (tx) => {
      await this.requireState(tx, actor, { id, ifVersion, from: 'draft', to: 'running' });
      const at = this.clock.now();
      await this.change(tx, actor, { id, ifVersion }, { state: 'running', started_at: at });
      await takeUp(tx, { workspaceId: actor.workspaceId, campaignId: id });
      await rows(tx, `UPDATE enrollments SET next_at = $3 WHERE workspace_id = $1 AND campaign_id = $2 AND state = 'pending' AND next_at IS NULL`, [
        actor.workspaceId,
        id,
        at,
      ]);
      return this.done(tx, actor, { id, action: 'campaign.started' });
    });
  }

  /** Nothing more is planned or sent; what is on the wire goes through. @throws NotFound, VersionMismatch, IllegalTransition */
  pause(actor: Actor, id: string, reason: string | undefined, ifVersion: IfVersion): Promise<CampaignRun> {
    return transact(this.db, (tx) => this.hold(tx, actor, { id, ifVersion }, { reason: reason ?? null }));
  }

  /**
   * A guardrail holds it: by the same door, with the numbers in its event. Undefined when it does not run any more.
   * @throws NotFound
   */
  async holdByGuardrail(tx: EntityManager, actor: Actor, id: string, guardrail: Guardrail): Promise<CampaignRun | undefined> {
    const campaign = await readRun(tx, actor.workspaceId, id);
    if (campaign?.state !== 'running') return undefined;
    return this.hold(tx, actor, { id, ifVersion: '*' }, { reason: guardrailReason(guardrail.code, guardrail.numbers), guardrail });
  }

  /**
   * Lets a held campaign go on, or with `preview` only tells what that would do. One that a guardrail held needs a reason, which is
   * kept as a note; what came back until now is not held against it again.
   * @throws NotFound, VersionMismatch, IllegalTransition; RuleViolation `reason_required`
   */
  resume(actor: Actor, id: string, ifVersion: IfVersion, wish: ResumeWish & { readonly preview?: boolean } = {}): Promise<ResumedRun> {
    const { workspaceId, memberId } = actor;
    return transact(this.db, async (tx) => {
      const paused = await this.requireState(tx, actor, { id, ifVersion, from: 'paused', to: 'running' });
      const part = { of: 'campaign', workspaceId, id } as const;
      if (wish.preview) return { ...paused, plan: await this.resumes.plan(tx, part, wish) };
      const { maxLatenessHours = null, spreadOverDays = null, reason } = wish;
      if (paused.pauseCode !== null && reason === undefined) {
        throw RuleViolation.at('/reason', 'reason_required', 'A guardrail holds the campaign: say why it may go on.');
      }
      const at = this.clock.now();
      const gone = { pause_reason: null, pause_code: null, pause_numbers: null, ...(paused.pauseCode !== null && { counted_from: at }) };
      await this.change(tx, actor, { id, ifVersion }, { state: 'running', ...gone, late_before: this.resumes.lateBefore(wish) });
      const plan = await this.resumes.apply(tx, part, wish);
      const note = reason === undefined ? null : { subjectType: 'campaign', subjectId: id, authorId: memberId, text: reason, at };
      const details = { maxLatenessHours, spreadOverDays, ...(note && { noteId: await leaveNote(tx, workspaceId, note) }) };
      return { ...(await this.done(tx, actor, { id, action: 'campaign.resumed', details })), plan };
    });
  }

  private async hold(
    tx: EntityManager,
    actor: Actor,
    { id, ifVersion }: { readonly id: string; readonly ifVersion: IfVersion },
    { reason, guardrail }: { readonly reason: string | null; readonly guardrail?: Guardrail },
  ): Promise<CampaignRun> {
    const { projectId } = await this.requireState(tx, actor, { id, ifVersion, from: 'running', to: 'paused' });
    const numbers = guardrail ? JSON.stringify(guardrail.numbers) : null;
    const set = { state: 'paused', pause_reason: reason, pause_code: guardrail?.code ?? null, pause_numbers: numbers };
    await this.change(tx, actor, { id, ifVersion }, set);
    const { workspaceId } = actor;
    const data = { object: { type: 'campaign', id, state: 'paused', ...guardrail }, previous: { state: 'running' }, projectId };
    await appendEvents(tx, [{ workspaceId, type: 'campaign.paused', at: this.clock.now(), projectId, campaignId: id, opportunityId: null, data }]);
    return this.done(tx, actor, { id, action: 'campaign.paused', details: guardrail ? { code: guardrail.code, ...guardrail.numbers } : {} });
  }

  private async requireState(
    tx: EntityManager,
    { workspaceId }: Actor,
    step: { readonly id: string; readonly ifVersion: IfVersion; readonly from: CampaignState; readonly to: CampaignState },
  ): Promise<CampaignRun> {
    const campaign = await readRun(tx, workspaceId, step.id);
    if (!campaign) throw new NotFound('campaign');
    if (step.ifVersion !== '*' && step.ifVersion !== campaign.version) throw new VersionMismatch();
    if (campaign.state !== step.from) throw new IllegalTransition('campaign', campaign.state, step.to, NEXT[campaign.state]);
    return campaign;
  }

  private async change(
    tx: EntityManager,
    { workspaceId }: Actor,
    { id, ifVersion }: { readonly id: string; readonly ifVersion: IfVersion },
    set: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await changeRow(tx, { table: 'campaigns', thing: 'campaign', workspaceId, id, ifVersion }, set);
  }

  private async done(
    tx: EntityManager,
    actor: Actor,
    { id, action, details = {} }: { readonly id: string; readonly action: string; readonly details?: AuditDetails },
  ): Promise<CampaignRun> {
    await audit(tx, actor, { action, subjectId: id, at: this.clock.now(), details });
    await wake(tx, 'plan');
    await wake(tx, 'send');
    const campaign = await readRun(tx, actor.workspaceId, id);
    if (!campaign) throw new NotFound('campaign');
    return campaign;
  }
}

/** Under lock inside a transaction: of two who start at once the second finds it running. */
async function readRun(tx: EntityManager, workspaceId: string, id: string): Promise<CampaignRun | undefined> {
  return firstRow(
    tx,
    `SELECT id, version, project_id AS "projectId", state, pause_reason AS "pauseReason", pause_code AS "pauseCode", pause_numbers AS "pauseNumbers", started_at AS "startedAt" FROM campaigns
      WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE`,
    [workspaceId, id],
  );
}
