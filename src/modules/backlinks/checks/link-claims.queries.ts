import type { EntityManager } from 'typeorm';
import type { BacklinkState } from '../../../domain/machines/backlink.js';
import type { AcceptedRel } from '../../../domain/rel-tokens.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import type { AskedBy } from '../../../platform/web-fetch/page-look.js';
import type { TargetLook } from './target-looks.service.js';
import { HOST_LEASE } from '../../../platform/web-fetch/manners/fetch-hosts.queries.js';

type Db = Pick<EntityManager, 'query'>;

/** A link whose turn it is, held by the claim's token. */
export interface ClaimedLink {
  readonly workspaceId: string;
  readonly id: string;
  readonly state: BacklinkState;
  readonly sourceUrl: string;
  readonly targetUrl: string;
  readonly expectedAnchor: string | null;
  readonly expectedRel: Exclude<AcceptedRel, 'any'> | null;
  readonly paid: boolean;
  /** There are terms to keep. */
  readonly agreed: boolean;
  readonly expiresAt: Date | null;
  readonly askedBy: AskedBy;
  /** When the host was last asked for the page. */
  readonly fetchedAt: Date | null;
  readonly ignoreTrailingSlash: boolean;
  readonly ignoreWww: boolean;
  /** What its target answered last, if it was looked at. */
  readonly targetLook: TargetLook | null;
}

const HOST = `split_part(b.source_key, '/', 3)`;
const DUE = `b.next_at <= $1 AND b.source_key IS NOT NULL AND b.queued_for IS DISTINCT FROM b.next_at AND (b.claimed_until IS NULL OR b.claimed_until < $1)`;
const NEXT_DUE = (who: string): string =>
  `SELECT b.workspace_id, b.id FROM backlinks b WHERE ${DUE} AND b.asked_by ${who} 'schedule' ORDER BY b.next_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`;

/**
 * Puts links that are due into the queues of their hosts, so that picking the next ones costs the same with a million links of
 * one site due as with a million sites. Those that somebody waits for come first.
 */
const GATHER = `
  /* all-workspaces: one worker serves everyone */
  WITH asked AS MATERIALIZED (${NEXT_DUE('<>')}),
  planned AS MATERIALIZED (${NEXT_DUE('=')}),
  queued AS (
    UPDATE backlinks b SET queued_for = b.next_at FROM (SELECT * FROM asked UNION ALL SELECT * FROM planned) AS due
     WHERE b.workspace_id = due.workspace_id AND b.id = due.id RETURNING ${HOST} AS host, b.asked_by <> 'schedule' AS asked)
  INSERT INTO fetch_hosts AS h (host, turn_at, queued_at, asked)
  SELECT host, clock_timestamp(), clock_timestamp(), bool_or(asked) FROM queued GROUP BY host ORDER BY host
  ON CONFLICT (host) DO UPDATE SET queued_at = excluded.queued_at, asked = h.asked OR excluded.asked
  RETURNING host`;

/** Due links put into queues by one statement. */
const GATHERED_AT_ONCE = 500;

/** @returns true when there may be more */
export async function gatherDue(db: Db, at: Date): Promise<boolean> {
  return (await rows(db, GATHER, [at, GATHERED_AT_ONCE])).length > 0;
}

/**
 * Takes the first link of each host whose turn it is, and the host with it: hosts that somebody waits for, then those that
 * waited longest since their last visit, so that none starves behind one with many links. A host at rest is skipped; only who
 * waits for a link is told of the rest at once. Past two minutes the worker counts as dead.
 */
const CLAIM = `
  /* all-workspaces: one worker serves everyone */
  WITH asked AS MATERIALIZED (
    SELECT host, queued_at FROM fetch_hosts WHERE asked AND queued_at IS NOT NULL AND turn_at <= statement_timestamp()
     ORDER BY turn_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED),
  planned AS MATERIALIZED (
    SELECT host, queued_at FROM fetch_hosts
     WHERE NOT asked AND queued_at IS NOT NULL AND turn_at <= statement_timestamp() AND (rest_until IS NULL OR rest_until <= $1)
     ORDER BY turn_at LIMIT greatest(0, $4 - (SELECT count(*) FROM asked)) FOR NO KEY UPDATE SKIP LOCKED),
  picked AS MATERIALIZED (
    SELECT turn.host, turn.queued_at, link.workspace_id, link.id, link.asked
      FROM (SELECT * FROM asked UNION ALL SELECT * FROM planned) AS turn LEFT JOIN LATERAL (
        SELECT b.workspace_id, b.id, b.asked_by <> 'schedule' AS asked FROM backlinks b
         WHERE ${HOST} = turn.host AND b.queued_for = b.next_at AND b.next_at <= $1
         ORDER BY (b.asked_by = 'schedule'), b.next_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) AS link ON true),
  leased AS (
    UPDATE fetch_hosts h SET lease_token = $2, turn_at = clock_timestamp() + ${HOST_LEASE}, asked = h.asked AND p.asked
      FROM picked p WHERE h.host = p.host AND p.id IS NOT NULL),
  claimed AS (
    UPDATE backlinks b SET claimed_until = $1::timestamptz + interval '2 minutes', claim_token = $2, queued_for = NULL
      FROM picked p WHERE b.workspace_id = p.workspace_id AND b.id = p.id
    RETURNING b.*)
  SELECT p.host, p.queued_at::text AS "queuedAt", c.workspace_id AS "workspaceId", c.id, c.state, c.source_url AS "sourceUrl", c.target_url AS "targetUrl",
         c.expected_anchor AS "expectedAnchor", c.expected_rel AS "expectedRel", c.paid, c.paid OR c.agreement_item_id IS NOT NULL AS agreed,
         c.expires_at AS "expiresAt", c.asked_by AS "askedBy", c.fetched_at AS "fetchedAt",
         w.link_ignore_slash AS "ignoreTrailingSlash", w.link_ignore_www AS "ignoreWww",
         (SELECT jsonb_build_object('status', l.status, 'endsAt', l.ends_at_url) FROM target_looks l
           WHERE l.workspace_id = c.workspace_id AND l.url_key = c.target_key) AS "targetLook"
    FROM picked p LEFT JOIN claimed c ON c.workspace_id = p.workspace_id AND c.id = p.id LEFT JOIN workspaces w ON w.id = p.workspace_id`;

/** A queue without links is one no more, unless a link came meanwhile. */
const CLOSE_QUEUES = `
  /* all-workspaces: one worker serves everyone */
  UPDATE fetch_hosts h SET queued_at = NULL, asked = false FROM unnest($1::text[], $2::timestamptz[]) AS empty (host, queued_at)
   WHERE h.host = empty.host AND h.queued_at = empty.queued_at
     AND NOT EXISTS (SELECT FROM backlinks b WHERE ${HOST} = h.host AND b.queued_for = b.next_at)`;

type PickedRow = { readonly host: string; readonly queuedAt: string } & (ClaimedLink | { readonly id: null });

export interface ClaimRoom {
  readonly at: Date;
  readonly token: string;
  /** For links that somebody waits for. */
  readonly limit: number;
  /** For those of the schedule, at most `limit`. */
  readonly planned: number;
}

export async function claimDue(db: Db, { at, token, limit, planned }: ClaimRoom): Promise<ClaimedLink[]> {
  const picked = await rows<PickedRow>(db, CLAIM, [at, token, limit, planned]);
  const empty = picked.filter(({ id }) => id === null);
  if (empty.length > 0) await rows(db, CLOSE_QUEUES, [empty.map(({ host }) => host), empty.map(({ queuedAt }) => queuedAt)]);
  return picked.filter((row): row is PickedRow & ClaimedLink => row.id !== null);
}

const NEXT_TURN = (asked: boolean): string =>
  `(SELECT turn_at FROM fetch_hosts WHERE ${asked ? '' : 'NOT '}asked AND queued_at IS NOT NULL AND (rest_until IS NULL OR rest_until <= $1) ORDER BY turn_at LIMIT 1)`;

/** How long until a host with due links may be asked again; nothing when none has any. */
export async function nextTurnMs(db: Db, at: Date): Promise<number | undefined> {
  const row = await firstRow<{ ms: number | null }>(
    db,
    `SELECT ceil(extract(epoch FROM least(${NEXT_TURN(true)}, ${NEXT_TURN(false)}) - clock_timestamp()) * 1000)::float8 AS ms`,
    [at],
  );
  return row?.ms ?? undefined;
}
