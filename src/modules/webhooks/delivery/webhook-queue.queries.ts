/** A delivery taken for one try, with what is needed to sign and post it. */
export interface ClaimedDelivery {
  readonly workspaceId: string;
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly body: string;
  /** Tries made, this one included. */
  readonly attempts: number;
  /** Those made before the last replay, which do not count in the plan. */
  readonly triesBefore: number;
  readonly createdAt: Date;
  readonly claimToken: string;
  /** Nothing has failed at the endpoint lately: a success is no news of it. */
  readonly healthy: boolean;
  readonly url: string;
  readonly secretSealed: string;
  readonly oldSecretSealed: string | null;
  readonly oldSecretUntil: Date | null;
}

/**
 * Claims due deliveries: hops over the index from endpoint to endpoint (never reading the long queue of one to find the next) and takes a few of each,
 * of a failing one only one to see whether it is back. Endpoints come in random order, or the first ones would always be served first.
 *
 * The first try of an event waits for the first tries of earlier events about the same subject to end, however they end: after a failure the
 * later ones overtake, or one bad delivery would hold its subject up for three days.
 * $1 now, $2 claim token, $3 limit, $4 limit per endpoint, $5 endpoints where this process has tries under way, $6 how many at each
 */
export const CLAIM_DELIVERIES = `
  /* all-workspaces: one queue for everyone, fair by endpoint */
  WITH RECURSIVE waiting AS (
    (SELECT workspace_id, endpoint_id FROM webhook_deliveries WHERE next_at IS NOT NULL ORDER BY workspace_id, endpoint_id LIMIT 1)
    UNION ALL
    SELECT further.workspace_id, further.endpoint_id FROM waiting, LATERAL (
      SELECT workspace_id, endpoint_id FROM webhook_deliveries
       WHERE next_at IS NOT NULL AND (workspace_id, endpoint_id) > (waiting.workspace_id, waiting.endpoint_id)
       ORDER BY workspace_id, endpoint_id LIMIT 1) AS further
  ), due AS (
    SELECT d.workspace_id, d.id FROM (SELECT workspace_id, endpoint_id FROM waiting ORDER BY random()) AS w
      JOIN webhook_endpoints e ON e.workspace_id = w.workspace_id AND e.id = w.endpoint_id
      LEFT JOIN unnest($5::uuid[], $6::int[]) AS busy (endpoint_id, tries) ON busy.endpoint_id = e.id
     CROSS JOIN LATERAL (
       SELECT q.workspace_id, q.id FROM webhook_deliveries q
        WHERE q.workspace_id = w.workspace_id AND q.endpoint_id = w.endpoint_id AND q.next_at <= $1 AND (q.claimed_until IS NULL OR q.claimed_until < $1)
          AND (q.subject_id IS NULL OR q.state <> 'pending' OR NOT EXISTS (
                 SELECT FROM webhook_deliveries earlier
                  WHERE earlier.workspace_id = q.workspace_id AND earlier.endpoint_id = q.endpoint_id AND earlier.subject_id = q.subject_id
                    AND earlier.id < q.id AND earlier.next_at IS NOT NULL
                    AND earlier.attempts <= earlier.tries_before + CASE earlier.state WHEN 'sending' THEN 1 ELSE 0 END))
        ORDER BY q.next_at, q.id
        LIMIT GREATEST(CASE e.state WHEN 'failing' THEN 1 ELSE $4::int END - COALESCE(busy.tries, 0), 0)
          FOR UPDATE OF q SKIP LOCKED) AS d
     WHERE e.state <> 'disabled' AND (e.rest_until IS NULL OR e.rest_until <= $1)
     LIMIT $3
  )
  UPDATE webhook_deliveries d SET state = 'sending', attempts = d.attempts + 1, claim_token = $2, claimed_until = $1::timestamptz + interval '2 minutes'
    FROM due, webhook_endpoints e
   WHERE d.workspace_id = due.workspace_id AND d.id = due.id AND e.workspace_id = d.workspace_id AND e.id = d.endpoint_id
  RETURNING d.workspace_id AS "workspaceId", d.id, d.endpoint_id AS "endpointId", d.event_id AS "eventId", d.body, d.attempts, d.tries_before AS "triesBefore",
            d.created_at AS "createdAt", d.claim_token AS "claimToken", e.failures = 0 AND e.rest_until IS NULL AS healthy, e.url, e.secret_sealed AS "secretSealed", e.old_secret_sealed AS "oldSecretSealed",
            e.old_secret_until AS "oldSecretUntil"`;

/** One try and how it ended, as WRITE_OUTCOMES takes it. */
export interface OutcomeRow {
  readonly workspace_id: string;
  readonly id: string;
  readonly claim_token: string;
  readonly state: 'delivered' | 'retrying' | 'exhausted';
  readonly next_at: Date | null;
  readonly number: number;
  readonly at: Date;
  readonly ended_at: Date;
  readonly duration_ms: number;
  readonly signed_at: Date;
  readonly signature: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
}

/** Writes how tries ended, all in one statement, where the claim is still ours; each into the log of tries as well. $1 OutcomeRow[] as JSON */
export const WRITE_OUTCOMES = `
  WITH outcome AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS o (workspace_id uuid, id uuid, claim_token uuid, state text, next_at timestamptz, number int, at timestamptz,
      ended_at timestamptz, duration_ms int, signed_at timestamptz, signature text, status int, error text, answer text)
  ), settled AS (
    UPDATE webhook_deliveries d
       SET state = o.state, next_at = o.next_at, last_status = o.status, last_error = o.error, last_answer = o.answer,
           delivered_at = CASE o.state WHEN 'delivered' THEN o.ended_at END, claim_token = NULL, claimed_until = NULL
      FROM outcome o WHERE d.workspace_id = o.workspace_id AND d.id = o.id AND d.claim_token = o.claim_token
    RETURNING d.id
  ), logged AS (
    INSERT INTO webhook_attempts (workspace_id, delivery_id, number, at, duration_ms, signed_at, signature, status, error, answer)
    SELECT workspace_id, id, number, at, duration_ms, signed_at, signature, status, error, answer FROM outcome WHERE id IN (SELECT id FROM settled)
    ON CONFLICT DO NOTHING
  )
  SELECT id FROM settled`;

/** Gives back claims whose try was broken off before it ended: as if it had not begun. $1 [{ workspace_id, id, claim_token }] as JSON */
export const HAND_BACK = `
  UPDATE webhook_deliveries d
     SET state = CASE WHEN d.attempts - 1 > d.tries_before THEN 'retrying' ELSE 'pending' END, attempts = d.attempts - 1, claim_token = NULL, claimed_until = NULL
    FROM jsonb_to_recordset($1::jsonb) AS o (workspace_id uuid, id uuid, claim_token uuid)
   WHERE d.workspace_id = o.workspace_id AND d.id = o.id AND d.claim_token = o.claim_token`;

/** A success makes endpoints active again. $1 workspaces, $2 endpoints */
export const MAKE_ACTIVE = `
  UPDATE webhook_endpoints e SET state = 'active', state_reason = NULL, failures = 0, failing_since = NULL, rest_until = NULL
    FROM unnest($1::uuid[], $2::uuid[]) AS good (workspace_id, id)
   WHERE e.workspace_id = good.workspace_id AND e.id = good.id AND e.state <> 'disabled' AND (e.failures > 0 OR e.rest_until IS NOT NULL)`;

/** Counts failures of an endpoint. $1 workspace, $2 id, $3 succeeded before them, $4 failures, $5 first at, $6 rest until, $7 failing from so many, $8 gave up one of */
export const COUNT_FAILURES = `
  UPDATE webhook_endpoints
     SET failures = CASE WHEN $3 THEN 0 ELSE failures END + $4::int,
         failing_since = CASE WHEN $3 THEN $5 ELSE COALESCE(failing_since, $5) END,
         state = CASE WHEN CASE WHEN $3 THEN 0 ELSE failures END + $4::int >= $7::int THEN 'failing' ELSE 'active' END,
         rest_until = GREATEST(CASE WHEN $3 THEN NULL ELSE rest_until END, $6::timestamptz),
         missed_since = LEAST(missed_since, $8::timestamptz)
   WHERE workspace_id = $1 AND id = $2 AND state <> 'disabled' RETURNING failing_since AS "failingSince"`;

export const DISABLE_ENDPOINT = `
  UPDATE webhook_endpoints SET state = 'disabled', state_reason = $3, missed_since = LEAST(missed_since, failing_since, $4::timestamptz), version = version + 1
   WHERE workspace_id = $1 AND id = $2`;
