import { filterNames } from '../../../platform/database/filter-clause.js';

export const DELIVERY_STATES = ['pending', 'sending', 'delivered', 'retrying', 'exhausted'] as const;

export const DELIVERY_FILTERS = { state: 'state', eventType: 'event_type', eventId: 'event_id' } as const;
export const DELIVERY_LIST = { sorts: ['-createdAt'], key: ['uuid'], filters: filterNames(DELIVERY_FILTERS), ranges: ['createdAt'] } as const;

const DELIVERY_COLUMNS = `id, version, endpoint_id AS "endpointId", 'evt_' || event_id AS "eventId", event_type AS "eventType", state, attempts, next_at AS "nextAt",
  last_status AS "lastStatus", last_error AS "lastError", last_answer AS "lastAnswer", delivered_at AS "deliveredAt", created_at AS "createdAt"`;

/** The log of one endpoint, newest first; the filters stand behind it. $1 workspace, $2 endpoint, $3 id to go on after or null */
export const LIST_DELIVERIES = `
  SELECT ${DELIVERY_COLUMNS} FROM webhook_deliveries WHERE workspace_id = $1 AND endpoint_id = $2 AND ($3::uuid IS NULL OR id < $3)`;

export const GET_DELIVERY = `SELECT ${DELIVERY_COLUMNS}, body FROM webhook_deliveries WHERE workspace_id = $1 AND id = $2`;

export const LIST_ATTEMPTS = `
  SELECT number, at, duration_ms AS "durationMs", status, error, answer, signed_at AS "signedAt", signature
    FROM webhook_attempts WHERE workspace_id = $1 AND delivery_id = $2 ORDER BY number`;

/** Puts one delivery back into the queue; its id and body stay. $1 workspace, $2 id, $3 now */
export const REPLAY_ONE = `
  UPDATE webhook_deliveries SET state = 'pending', tries_before = attempts, next_at = $3, version = version + 1
   WHERE workspace_id = $1 AND id = $2 AND state IN ('delivered', 'exhausted') RETURNING endpoint_id AS "endpointId"`;

/** Puts back a batch of what was given up, by id. $1 workspace, $2 endpoint, $3 now, $4 since, $5 id to go on after, $6 limit */
export const REPLAY_GIVEN_UP = `
  UPDATE webhook_deliveries SET state = 'pending', tries_before = attempts, next_at = $3, version = version + 1
   WHERE workspace_id = $1 AND id IN (
     SELECT id FROM webhook_deliveries WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'exhausted' AND created_at >= $4 AND id > $5
      ORDER BY id LIMIT $6)
  RETURNING id`;

/** A batch of what happened since then, up to where deliveries have been made of. $1 workspace, $2 since, $3 and $4 place to go on after, $5 limit */
export const EVENTS_SINCE = `
  SELECT id, tx::text AS tx, type, at, workspace_id AS "workspaceId", project_id AS "projectId", campaign_id AS "campaignId", data FROM events
   WHERE workspace_id = $1 AND at >= $2 AND (tx, id) > ($3::xid8, $4::uuid) AND (tx, id) <= (SELECT tx, id FROM event_readers WHERE name = 'webhooks')
   ORDER BY events.tx, events.id LIMIT $5`;

/** Which of these events have a delivery to the endpoint. $1 workspace, $2 endpoint, $3 events, $4 smaller than the id of any of their deliveries */
export const DELIVERED_OF = `
  SELECT event_id AS id FROM webhook_deliveries WHERE workspace_id = $1 AND endpoint_id = $2 AND event_id = ANY ($3) AND id > $4`;

/** How much there is to look through. $1 workspace, $2 endpoint, $3 since */
export const COUNT_TO_REPLAY = `
  SELECT ((SELECT count(*) FROM webhook_deliveries WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'exhausted' AND created_at >= $3)
        + (SELECT count(*) FROM events WHERE workspace_id = $1 AND at >= $3
            AND (tx, id) <= (SELECT tx, id FROM event_readers WHERE name = 'webhooks')))::int AS total`;

/** Waits for the batch that the dispatcher is at, and lets it begin no other until we have committed. */
export const HOLD_DISPATCHER = `SELECT FROM event_readers WHERE name = 'webhooks' FOR SHARE`;

/** Nothing is missing any more since then, but what was given up since the replay has passed it. $1 workspace, $2 endpoint, $3 since */
export const NOTHING_MISSED = `
  UPDATE webhook_endpoints SET missed_since = (
      SELECT min(created_at) FROM webhook_deliveries WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'exhausted' AND created_at >= $3)
   WHERE workspace_id = $1 AND id = $2 AND missed_since >= $3`;
