import type { EntityManager } from 'typeorm';
import { firstRow, rows } from '../../database/sql.js';

type Db = Pick<EntityManager, 'query'>;

/** Longer than one request may take; past it whoever asked is dead. */
export const HOST_LEASE = "interval '45 seconds'";

const TAKE = `
  INSERT INTO fetch_hosts AS h (host, lease_token, turn_at) VALUES ($1, $2, clock_timestamp() + ${HOST_LEASE})
  ON CONFLICT (host) DO UPDATE SET lease_token = excluded.lease_token, turn_at = excluded.turn_at
    WHERE (h.turn_at <= clock_timestamp() OR h.lease_token = $2) AND (h.rest_until IS NULL OR h.rest_until <= $3)
  RETURNING host`;

/** @returns false when it is not our turn */
export async function takeHost(
  db: Db,
  { host, token, now }: { readonly host: string; readonly token: string; readonly now: Date },
): Promise<boolean> {
  return (await rows(db, TAKE, [host, token, now])).length > 0;
}

/** @param now  of the product's clock */
export async function whyNot(db: Db, host: string, now: Date): Promise<{ readonly resting: boolean; readonly waitMs: number }> {
  const row = await firstRow<{ resting: boolean; waitMs: number }>(
    db,
    `SELECT coalesce(rest_until > $2, false) AS resting, greatest(0, ceil(extract(epoch FROM turn_at - clock_timestamp()) * 1000))::float8 AS "waitMs"
       FROM fetch_hosts WHERE host = $1`,
    [host, now],
  );
  return row ?? { resting: false, waitMs: 0 };
}

/** Nothing when the lease ran out meanwhile: the host is somebody else's. */
export async function endTurn(
  db: Db,
  turn: { readonly host: string; readonly token: string; readonly gapMs: number; readonly restUntil: Date | null },
): Promise<void> {
  await rows(
    db,
    `UPDATE fetch_hosts SET lease_token = NULL, turn_at = clock_timestamp() + $3 * interval '1 millisecond', rest_until = greatest(rest_until, $4)
      WHERE host = $1 AND lease_token = $2`,
    [turn.host, turn.token, turn.gapMs, turn.restUntil],
  );
}

export async function giveBackHost(db: Db, host: string, token: string): Promise<void> {
  await rows(db, 'UPDATE fetch_hosts SET lease_token = NULL, turn_at = clock_timestamp() WHERE host = $1 AND lease_token = $2', [host, token]);
}
