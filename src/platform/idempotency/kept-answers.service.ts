import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import { Conflict, RuleViolation } from '../../domain/errors.js';
import type { Actor } from '../auth/actor.js';
import { Clock, DAY_MS, MINUTE_MS } from '../clock.js';
import { firstRow, rows } from '../database/sql.js';
import { HttpProblem } from '../http/problems/http-problem.js';
import { newId } from '../ids.js';
import { SecretBox } from '../secrets/secret-box.js';

/** Longer than any call takes: statements end after 30 s. A process that was killed leaves its row behind; past this nobody waits for it. */
const RUNNING_MS = 2 * MINUTE_MS;
/** standards 87: a day at least. */
const KEPT_MS = DAY_MS;
/** A claim that meets a row which its owner lets go of meanwhile simply tries again. */
const TRIES = 5;

/** A call with an Idempotency-Key, by someone whom the guard let in. */
export interface KeyedCall {
  readonly actor: Actor;
  readonly key: string;
  readonly fingerprint: string;
}

/** The first answer, as it left. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The right to do the work of a call: nobody else does it while this row stands. */
export interface Claim {
  readonly workspaceId: string;
  readonly id: string;
}

interface KeptRow {
  readonly id: string;
  readonly fingerprint: string;
  readonly projectIds: readonly string[] | null;
  readonly status: number | null;
  readonly headers: Record<string, string>;
  readonly bodySealed: string | null;
  readonly runs: boolean;
}

/** One row a key decides, in PostgreSQL: processes share it. A row that is past its day counts as absent. */
const CLAIM = `
  INSERT INTO kept_answers AS k (workspace_id, id, principal_id, key_hash, fingerprint, project_ids, running_until, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (workspace_id, principal_id, key_hash) DO UPDATE
     SET id = EXCLUDED.id, fingerprint = EXCLUDED.fingerprint, project_ids = EXCLUDED.project_ids, status = NULL, headers = '{}', body_sealed = NULL,
         running_until = EXCLUDED.running_until, expires_at = EXCLUDED.expires_at
   WHERE k.expires_at <= $9
  RETURNING id`;

const STANDING = `
  SELECT id, fingerprint, project_ids AS "projectIds", status, headers, body_sealed AS "bodySealed", running_until > $4 AS runs
    FROM kept_answers WHERE workspace_id = $1 AND principal_id = $2 AND key_hash = $3`;

/** The first answers of calls with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header). */
@Injectable()
export class KeptAnswers {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly box: SecretBox,
  ) {}

  /**
   * Takes the work of a call, or gives the answer that it had.
   * @throws HttpProblem 409 `idempotency_in_progress`; Conflict `idempotency_outcome_unknown`, `idempotency_rights_changed`;
   *   RuleViolation `idempotency_key_reused`
   */
  async claim(call: KeyedCall): Promise<{ readonly claim: Claim } | { readonly answer: KeptAnswer }> {
    const { workspaceId, projectIds } = call.actor;
    const [principal, keyHash, now] = [principalOf(call.actor), hash(call.key), this.clock.now()];
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const id = newId();
      const [until, expires] = [new Date(now.getTime() + RUNNING_MS), new Date(now.getTime() + KEPT_MS)];
      const made = await rows(this.db, CLAIM, [workspaceId, id, principal, keyHash, call.fingerprint, projectIds, until, expires, now]);
      if (made.length > 0) return { claim: { workspaceId, id } };
      const standing = await firstRow<KeptRow>(this.db, STANDING, [workspaceId, principal, keyHash, now]);
      if (standing) return { answer: this.answerOf(standing, call) };
    }
    throw inProgress();
  }

  /** Keeps the answer of a claimed call for a day, sealed: it may hold a secret that is shown only once. */
  async keep({ workspaceId, id }: Claim, { status, headers, body }: KeptAnswer): Promise<void> {
    await rows(this.db, `UPDATE kept_answers SET status = $3, headers = $4, body_sealed = $5 WHERE workspace_id = $1 AND id = $2`, [
      ...[workspaceId, id, status, JSON.stringify(headers)],
      this.box.seal(body, contextOf(id)),
    ]);
  }

  /** Nothing was done: the key is free again. */
  async release({ workspaceId, id }: Claim): Promise<void> {
    await rows(this.db, 'DELETE FROM kept_answers WHERE workspace_id = $1 AND id = $2', [workspaceId, id]);
  }

  private answerOf(row: KeptRow, { actor, fingerprint }: KeyedCall): KeptAnswer {
    if (row.fingerprint !== fingerprint) {
      throw new RuleViolation(
        'idempotency_key_reused',
        'This Idempotency-Key came with another request before. Take a new key for every request that is not a repetition.',
      );
    }
    if (row.status === null) throw row.runs ? inProgress() : outcomeUnknown();
    if (!covers(actor.projectIds, row.projectIds)) {
      throw new Conflict('idempotency_rights_changed', 'You may see less now than when this was done: read what you may see instead.');
    }
    return { status: row.status, headers: row.headers, body: row.bodySealed === null ? '' : this.box.open(row.bodySealed, contextOf(row.id)) };
  }
}

/** A key, or a person whatever the session: they repeat the call after logging in again. */
function principalOf(actor: Actor): string {
  const principal = actor.apiKeyId ?? actor.memberId;
  if (principal === null) throw new Error('Calls without a person or key behind them are not kept.');
  return principal;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function contextOf(id: string): string {
  return `kept_answer:${id}`;
}

/** Whether all that was seen then may be seen now. */
function covers(now: readonly string[] | null, then: readonly string[] | null): boolean {
  return now === null || (then !== null && then.every((id) => now.includes(id)));
}

function inProgress(): HttpProblem {
  return new HttpProblem(409, 'idempotency_in_progress', 'The first call with this Idempotency-Key is still being worked on. Ask again shortly.', {
    headers: { 'retry-after': '1' },
  });
}

function outcomeUnknown(): Conflict {
  return new Conflict(
    'idempotency_outcome_unknown',
    'The first call with this Idempotency-Key was cut off, and it is not known how far it came. Look whether it was done before you repeat it with a new key.',
  );
}
