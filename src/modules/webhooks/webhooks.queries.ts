/** A delivery taken for one try, with what is needed to sign and post it. */
export interface ClaimedDelivery {
  readonly workspaceId: string;
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly body: string;
  /** Tries made, this one included. */
  readonly attempts: number;
  readonly claimToken: string;
  readonly url: string;
  readonly secretSealed: string;
  readonly oldSecretSealed: string | null;
  readonly oldSecretUntil: Date | null;
}

/**
 * Claims due deliveries: hops over the index from endpoint to endpoint (never reading the long queue of one to find the next) and takes a few of each,
 * of a failing one only one to see whether it is back. Endpoints come in random order, or the first ones would always be served first.
 * $1 now, $2 claim token, $3 limit, $4 limit per endpoint, $5 the endpoint of each try that this process has under way
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
     CROSS JOIN LATERAL (
       SELECT workspace_id, id FROM webhook_deliveries
        WHERE workspace_id = w.workspace_id AND endpoint_id = w.endpoint_id AND next_at <= $1 AND (claimed_until IS NULL OR claimed_until < $1)
        ORDER BY next_at, id
        LIMIT GREATEST(CASE e.state WHEN 'failing' THEN 1 ELSE $4::int END - cardinality(array_positions($5::uuid[], e.id)), 0)
          FOR UPDATE SKIP LOCKED) AS d
     WHERE e.state <> 'disabled' AND (e.rest_until IS NULL OR e.rest_until <= $1)
     LIMIT $3
  )
  UPDATE webhook_deliveries d SET state = 'sending', attempts = d.attempts + 1, claim_token = $2, claimed_until = $1::timestamptz + interval '2 minutes'
    FROM due, webhook_endpoints e
   WHERE d.workspace_id = due.workspace_id AND d.id = due.id AND e.workspace_id = d.workspace_id AND e.id = d.endpoint_id
  RETURNING d.workspace_id AS "workspaceId", d.id, d.endpoint_id AS "endpointId", d.event_id AS "eventId", d.body, d.attempts, d.claim_token AS "claimToken",
            e.url, e.secret_sealed AS "secretSealed", e.old_secret_sealed AS "oldSecretSealed", e.old_secret_until AS "oldSecretUntil"`;

/** Writes how a try ended, if the claim is still ours. */
export const WRITE_FATE = `
  UPDATE webhook_deliveries SET state = $4, next_at = $5, last_status = $6, last_error = $7, last_answer = $8, delivered_at = $9, claim_token = NULL, claimed_until = NULL
   WHERE workspace_id = $1 AND id = $2 AND claim_token = $3
  RETURNING id`;

const DELIVERY_COLUMNS = `id, version, endpoint_id AS "endpointId", 'evt_' || event_id AS "eventId", event_type AS "eventType", state, attempts, next_at AS "nextAt",
  last_status AS "lastStatus", last_error AS "lastError", last_answer AS "lastAnswer", delivered_at AS "deliveredAt", created_at AS "createdAt"`;

/** The log of one endpoint, newest first. $1 workspace, $2 endpoint, $3 states or null, $4 id to go on after or null, $5 limit */
export const LIST_DELIVERIES = `
  SELECT ${DELIVERY_COLUMNS} FROM webhook_deliveries
   WHERE workspace_id = $1 AND endpoint_id = $2 AND ($3::text[] IS NULL OR state = ANY ($3)) AND ($4::uuid IS NULL OR id < $4)
   ORDER BY id DESC LIMIT $5`;

export const GET_DELIVERY = `SELECT ${DELIVERY_COLUMNS} FROM webhook_deliveries WHERE workspace_id = $1 AND id = $2`;

/** Puts one delivery back into the queue; its id and body stay. */
export const REPLAY_ONE = `
  UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_at = $3, version = version + 1
   WHERE workspace_id = $1 AND id = $2 AND state IN ('delivered', 'exhausted') RETURNING endpoint_id AS "endpointId"`;

/** Puts back what was given up. $1 workspace, $2 endpoint, $3 now, $4 since */
export const REPLAY_EXHAUSTED = `
  UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_at = $3, version = version + 1
   WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'exhausted' AND created_at >= $4 RETURNING id`;

/** Events that happened while the endpoint was turned off. $1 workspace, $2 endpoint, $3 since, $4 names or null for all, $5 limit */
export const MISSED_EVENTS = `
  SELECT id, type, at, workspace_id AS "workspaceId", data FROM events ev
   WHERE workspace_id = $1 AND at >= $3 AND ($4::text[] IS NULL OR type = ANY ($4))
     AND (tx, id) <= (SELECT tx, id FROM event_readers WHERE name = 'webhooks')
     AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.workspace_id = $1 AND d.endpoint_id = $2 AND d.event_id = ev.id)
   ORDER BY tx, id LIMIT $5`;
