import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Share } from '../../domain/fair-share.js';
import { systemActor } from '../../platform/auth/system-actor.js';
import { Clock } from '../../platform/clock.js';
import { hot } from '../../platform/database/preparing-client.js';
import { rows } from '../../platform/database/sql.js';
import { newId } from '../../platform/ids.js';
import { writeHistory, type HistoryRow } from './pipeline-writer.js';

/** A lease that outlives the longest SMTP conversation; past it the worker counts as dead. */
const LEASE_SECONDS = 300;
/** From the first byte on: connecting (½ minute), the greeting (5) and one silence, such as after the final dot (10; RFC 5321 section 4.5.3.2). */
const ON_THE_WIRE_SECONDS = 1200;

export interface ClaimRequest {
  readonly workspaceId: string;
  readonly mailboxId: string;
  readonly limit: number;
  /** How many of which queue; absent, the longest due of all. */
  readonly queues?: readonly Share[];
  /** Names the worker's claim; only its holder may go on with the message. */
  readonly token: string;
}

/** A claimed message, and the claim that took it. */
export interface HeldMail {
  readonly id: string;
  readonly token: string;
}

/** Stands in the index for mails of no campaign. */
const NO_CAMPAIGN = '00000000-0000-0000-0000-000000000000';

/** @param due  which ones: as a plain subquery a nested loop may run it once a row, and claim more than the limit */
const claimOf = (due: string): string =>
  hot(`
  WITH due AS MATERIALIZED (${due}), claimed AS (
    UPDATE messages SET version = version + 1, state = 'claimed', state_changed_at = $3, state_reason = NULL, claim_token = $4,
           claimed_until = $3::timestamptz + interval '${String(LEASE_SECONDS)} seconds', attempts = attempts + 1
     WHERE workspace_id = $1 AND id IN (SELECT id FROM due)
    RETURNING id, next_at
  )
  SELECT id FROM claimed ORDER BY next_at, id`);

const DUE = `workspace_id = $1 AND mailbox_id = $2 AND state = 'scheduled' AND next_at <= $3`;
const CLAIM = claimOf(`SELECT id FROM messages WHERE ${DUE} ORDER BY next_at, id LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED`);

/** So many of each queue, along its index. */
const CLAIM_SHARES = claimOf(`
  SELECT mail.id FROM unnest($5::int[], $6::smallint[], $7::uuid[]) AS share (take, lane, campaign) CROSS JOIN LATERAL (
    SELECT id FROM messages WHERE ${DUE} AND lane = share.lane AND COALESCE(campaign_id, '${NO_CAMPAIGN}'::uuid) = COALESCE(share.campaign, '${NO_CAMPAIGN}'::uuid)
     ORDER BY next_at, id LIMIT share.take FOR NO KEY UPDATE SKIP LOCKED) mail`);

/** Only the holder of the claim begins, and only what nobody has stopped since: a stop takes the row out of \`claimed\`. */
const BEGIN = hot(`
  UPDATE messages SET version = version + 1, state = 'transmitting', state_changed_at = $4, transmitting_at = $4,
         claimed_until = $4::timestamptz + interval '${ON_THE_WIRE_SECONDS} seconds'
   WHERE workspace_id = $1 AND id = ANY ($2) AND state = 'claimed' AND (id, claim_token) IN (SELECT * FROM unnest($2::uuid[], $3::uuid[]))
  RETURNING id`);

/** The hot steps of a message, taken in one statement a batch; the same table of edges as everywhere, with history. */
@Injectable()
export class MessageClaims {
  constructor(private readonly clock: Clock) {}

  /** Claims messages of one mailbox that are due, the longest due first, none that another worker holds. */
  async claim(tx: EntityManager, request: ClaimRequest): Promise<string[]> {
    const { workspaceId, mailboxId, token, limit, queues } = request;
    const common = [workspaceId, mailboxId, this.clock.now(), token];
    const claimed = queues
      ? await rows<{ id: string }>(tx, CLAIM_SHARES, [
          ...common,
          ...[queues.map(({ take }) => take), queues.map(({ lane }) => lane), queues.map(({ campaignId }) => campaignId)],
        ])
      : await rows<{ id: string }>(tx, CLAIM, [...common, limit]);
    const ids = claimed.map((row) => row.id);
    await this.remember(tx, request.workspaceId, ids, { kind: 'message_claimed', from: 'scheduled', to: 'claimed' });
    return ids;
  }

  /** Marks one message as on the wire. To be committed before the first byte of DATA. @returns false when the claim is no longer ours */
  async begin(tx: EntityManager, workspaceId: string, id: string, token: string): Promise<boolean> {
    return (await this.beginAll(tx, workspaceId, [{ id, token }])).has(id);
  }

  /** The same for several that start at once: a crash leaves every one of them of unknown fate. @returns those whose claim still holds */
  async beginAll(tx: EntityManager, workspaceId: string, mails: readonly HeldMail[]): Promise<ReadonlySet<string>> {
    if (mails.length === 0) return new Set();
    const [ids, tokens] = [mails.map(({ id }) => id), mails.map(({ token }) => token)];
    const begun = await rows<{ id: string }>(tx, BEGIN, [workspaceId, ids, tokens, this.clock.now()]);
    const begunIds = begun.map(({ id }) => id);
    await this.remember(tx, workspaceId, begunIds, { kind: 'transmission_begun', from: 'claimed', to: 'transmitting' });
    return new Set(begunIds);
  }

  /** Messages whose worker died: what had not begun goes back, what had is of unknown fate (promise 1). For `Pipeline.record`, one by one. */
  async abandoned(tx: EntityManager, limit: number): Promise<{ workspaceId: string; id: string; state: 'claimed' | 'transmitting' }[]> {
    return rows(
      tx,
      hot(`/* all-workspaces: leases of dead workers */
       SELECT workspace_id AS "workspaceId", id, state FROM messages
        WHERE state IN ('claimed', 'transmitting') AND claimed_until < $1 ORDER BY claimed_until LIMIT $2`),
      [this.clock.now(), limit],
    );
  }

  private async remember(
    tx: EntityManager,
    workspaceId: string,
    ids: readonly string[],
    step: { readonly kind: 'message_claimed' | 'transmission_begun'; readonly from: string; readonly to: string },
  ): Promise<void> {
    const history: HistoryRow[] = ids.map((id) => ({ machine: 'message', id, from: step.from, to: step.to, step: 0, note: null }));
    await writeHistory(tx, { actor: systemActor(workspaceId), eventId: newId(), kind: step.kind, at: this.clock.now() }, history);
  }
}
