import type { EntityManager } from 'typeorm';
import type { MachineName } from '../../domain/machines/machine.js';
import type { PipelineEventKind } from '../../domain/machines/event-kinds.js';
import type { Effects, Move, TaskWish, Turn } from '../../domain/pipeline-snapshot.js';
import { noteChanges } from '../../platform/audit/noted-changes.js';
import type { Actor } from '../../platform/auth/actor.js';
import { hot } from '../../platform/database/preparing-client.js';
import { rows } from '../../platform/database/sql.js';
import { newId } from '../../platform/ids.js';
import { leaveTask } from './left-for-people.service.js';

/** What one event wrote down, in the order it happened. */
export interface HistoryRow {
  readonly machine: MachineName;
  readonly id: string;
  readonly from: string | null;
  readonly to: string;
  readonly step: number;
  /** A reason of our own code. */
  readonly note: string | null;
  /** Absent: of the occasion. */
  readonly eventId?: string;
}

export interface Occasion {
  readonly actor: Actor;
  readonly eventId: string;
  readonly kind: PipelineEventKind;
  readonly at: Date;
  /** What a person gave as the reason. */
  readonly words?: string | undefined;
}

/** How a machine's row takes a new state; `$3` is the state, `$4` the time, `$5` the reason. */
const UPDATE: Readonly<Record<MachineName, string>> = {
  opportunity: `UPDATE opportunities SET version = version + 1, stage = $3, stage_changed_at = $4, stage_reason = $5 WHERE workspace_id = $1 AND id = ANY ($2)`,
  enrollment: `UPDATE enrollments SET version = version + 1, state = $3, state_changed_at = $4, state_reason = $5,
      next_at = CASE WHEN $3 IN ('replied', 'finished', 'bounced', 'unsubscribed', 'stopped', 'failed') THEN NULL ELSE next_at END
    WHERE workspace_id = $1 AND id = ANY ($2)`,
  message: `UPDATE messages SET version = version + 1, state = $3, state_changed_at = $4, state_reason = $5,
      sent_at = CASE WHEN $3 = 'sent' THEN COALESCE(transmitting_at, $4) ELSE sent_at END,
      transmitting_at = CASE WHEN $3 = 'transmitting' THEN $4 ELSE transmitting_at END,
      next_at = CASE WHEN $3 IN ('sent', 'cancelled', 'skipped', 'failed', 'delivery_unknown') THEN NULL ELSE next_at END,
      claimed_until = CASE WHEN $3 IN ('claimed', 'transmitting') THEN claimed_until END,
      claim_token = CASE WHEN $3 IN ('claimed', 'transmitting') THEN claim_token END
    WHERE workspace_id = $1 AND id = ANY ($2)`,
  pitch: `UPDATE pitches SET version = version + 1, state = $3, state_changed_at = $4, state_reason = $5 WHERE workspace_id = $1 AND id = ANY ($2)`,
  backlink: `UPDATE backlinks SET version = version + 1, state = $3, state_changed_at = $4, state_reason = $5,
      first_live_at = CASE WHEN $3 = 'live' THEN COALESCE(first_live_at, $4) ELSE first_live_at END,
      next_at = CASE WHEN $3 = 'closed' THEN NULL ELSE next_at END
    WHERE workspace_id = $1 AND id = ANY ($2)`,
};

/** Puts each row into the last state its moves lead to; rows that go the same way share one statement. */
export async function writeStates(tx: EntityManager, occasion: Occasion, moves: readonly Move[]): Promise<void> {
  const last = new Map<string, Move>();
  for (const move of moves) last.set(`${move.machine} ${move.id}`, move);
  const groups = new Map<string, Move[]>();
  for (const move of last.values()) {
    const key = JSON.stringify([move.machine, move.to, move.reason ?? null]);
    groups.set(key, [...(groups.get(key) ?? []), move]);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (!first) continue;
    const ids = group.map((move) => move.id);
    await rows(tx, hot(UPDATE[first.machine]), [occasion.actor.workspaceId, ids, first.to, occasion.at, first.reason ?? null]);
  }
}

export async function writeHistory(tx: EntityManager, occasion: Occasion, history: readonly HistoryRow[]): Promise<void> {
  if (history.length === 0) return;
  for (const { machine, id, from, to } of history) noteChanges(tx, id, { [machine === 'opportunity' ? 'stage' : 'state']: { from, to } });
  const { actor, eventId, kind, at } = occasion;
  await rows(
    tx,
    hot(`INSERT INTO state_changes (workspace_id, id, machine, subject_id, from_state, to_state, event_kind, event_id, step, actor_id, via, note, at)
     SELECT $1, h.id, h.machine, h.subject_id, h.from_state, h.to_state, $2, h.event_id, h.step, $3, $4, h.note, $5
       FROM jsonb_to_recordset($6::jsonb) AS h (id uuid, machine text, subject_id uuid, from_state text, to_state text, event_id uuid, step smallint, note text)`),
    [
      actor.workspaceId,
      kind,
      actor.memberId,
      actor.via,
      at,
      JSON.stringify(
        history.map((row) => ({
          id: newId(),
          machine: row.machine,
          subject_id: row.id,
          from_state: row.from,
          to_state: row.to,
          event_id: row.eventId ?? eventId,
          step: row.step,
          note: row.note,
        })),
      ),
    ],
  );
}

export async function writeTasks(tx: EntityManager, { actor, at }: Occasion, tasks: readonly TaskWish[]): Promise<void> {
  for (const task of tasks) await leaveTask(tx, actor.workspaceId, { ...task, at });
}

/** Whose turn it is; since when counts from the first mail that nobody has answered. Not a change of the card: its version stays. */
export async function writeTurns(tx: EntityManager, { actor, at }: Occasion, turns: readonly Turn[]): Promise<void> {
  for (const waitingOn of new Set(turns.map((turn) => turn.waitingOn))) {
    const ids = turns.filter((turn) => turn.waitingOn === waitingOn).map((turn) => turn.opportunityId);
    await rows(
      tx,
      hot(`UPDATE opportunities SET waiting_on = $3, waiting_since = CASE WHEN $3::text IS NOT NULL THEN $4::timestamptz END
        WHERE workspace_id = $1 AND id = ANY ($2) AND waiting_on IS DISTINCT FROM $3`),
      [actor.workspaceId, ids, waitingOn, at],
    );
  }
}

const CONTACTED = hot(`
  WITH sites AS (UPDATE prospects SET last_contacted_at = $4 WHERE workspace_id = $1 AND id = ANY ($2))
  UPDATE contacts SET last_contacted_at = $4 WHERE workspace_id = $1 AND id = ANY ($3)`);

interface HappenedFacts {
  readonly occasion: Occasion;
  readonly effects: Pick<Effects, 'facts' | 'blockContact' | 'contactedProspects'>;
  readonly contactIds: readonly string[];
}

/** What is known of messages, sites and people since. */
export async function writeFacts(tx: EntityManager, happenings: readonly HappenedFacts[]): Promise<void> {
  for (const { occasion, effects } of happenings) {
    for (const { messageId, fact } of effects.facts) {
      await rows(tx, `INSERT INTO message_facts (workspace_id, message_id, fact, event_id, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`, [
        ...[occasion.actor.workspaceId, messageId, fact],
        ...[occasion.eventId, occasion.at],
      ]);
    }
  }
  const [first] = happenings;
  if (!first) return;
  const { workspaceId } = first.occasion.actor;
  const blocked = happenings.flatMap(({ effects }) => effects.blockContact);
  if (blocked.length > 0) {
    await rows(tx, `UPDATE opportunities SET version = version + 1, contact_blocked = true WHERE workspace_id = $1 AND id = ANY ($2)`, [
      workspaceId,
      blocked,
    ]);
  }
  const contacted = happenings.filter(({ effects }) => effects.contactedProspects.length > 0);
  if (contacted.length === 0) return;
  const { at } = first.occasion;
  const prospectIds = contacted.flatMap(({ effects }) => effects.contactedProspects);
  const contactIds = contacted.flatMap((one) => one.contactIds);
  await rows(tx, CONTACTED, [workspaceId, prospectIds, contactIds, at]);
}
