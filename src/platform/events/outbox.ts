import type { EntityManager } from 'typeorm';
import { boundedData } from '../../domain/event-data.js';
import { hot } from '../database/preparing-client.js';
import { rows } from '../database/sql.js';
import { newId, NIL_ID } from '../ids.js';

/** One event as it stands in the outbox. `data` carries ids, states and page addresses, never personal values (promise 8). */
export interface OutboxEvent {
  readonly workspaceId: string;
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly projectId: string | null;
  readonly campaignId: string | null;
  readonly opportunityId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event to be written; one with an id of its own is written only once, whoever tells it again. */
export type NewEvent = Omit<OutboxEvent, 'id'> & { readonly id?: string };

/** The channel that wakes readers; carries only a workspace id. */
export const EVENTS_CHANNEL = 'linkwright_events';

/** Writes events in the caller's transaction: they exist exactly when the change does. */
export async function appendEvents(tx: EntityManager, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await rows(
    tx,
    hot(`WITH added AS (
       INSERT INTO events (workspace_id, id, type, at, project_id, campaign_id, opportunity_id, data)
       SELECT workspace_id, id, type, at, project_id, campaign_id, opportunity_id, data
         FROM jsonb_to_recordset($2::jsonb) AS e (workspace_id uuid, id uuid, type text, at timestamptz, project_id uuid, campaign_id uuid, opportunity_id uuid, data jsonb)
       ON CONFLICT (workspace_id, id) DO NOTHING
       RETURNING workspace_id)
     SELECT pg_notify($1, workspace_id::text) FROM added GROUP BY workspace_id`),
    [
      EVENTS_CHANNEL,
      JSON.stringify(
        events.map((event) => ({
          workspace_id: event.workspaceId,
          id: event.id ?? newId(),
          type: event.type,
          at: event.at,
          project_id: event.projectId,
          campaign_id: event.campaignId,
          opportunity_id: event.opportunityId,
          data: boundedData(event.data),
        })),
      ),
    ],
  );
}

/** The place of an event in the one order that no late commit can break. */
export interface EventPosition {
  readonly tx: string;
  readonly id: string;
}

/** What a reader may see and wants to. */
export interface EventScope {
  readonly workspaceId: string;
  /** The second border: events of these projects only; null for all. */
  readonly projectIds: readonly string[] | null;
  /** Names of events; absent for all. */
  readonly types?: readonly string[] | undefined;
}

export type ReadEvent = OutboxEvent & { readonly tx: string };

const COLUMNS = `workspace_id AS "workspaceId", id, tx::text AS tx, type, at, project_id AS "projectId", campaign_id AS "campaignId", opportunity_id AS "opportunityId", data`;
/** By the column: a bare `tx` would be the text that is selected, and "1000" stands before "999" there. */
const ORDER = 'ORDER BY events.tx, events.id';
const SETTLED = `tx < pg_snapshot_xmin(pg_current_snapshot()) AND (tx, id) > ($1::xid8, $2::uuid)`;

/**
 * Events after a position, in (tx, id) order, only those that no running transaction can still precede:
 * a reader by id alone loses an event that commits late (architecture 2, "Events").
 * @param scope null reads all workspaces: only for the dispatcher of webhooks
 */
export async function readEvents(
  db: Pick<EntityManager, 'query'>,
  after: EventPosition,
  limit: number,
  scope: EventScope | null,
): Promise<ReadEvent[]> {
  const place = [after.tx, after.id, limit];
  if (scope === null) {
    return rows(db, `/* all-workspaces: the dispatcher serves everyone */ SELECT ${COLUMNS} FROM events WHERE ${SETTLED} ${ORDER} LIMIT $3`, place);
  }
  return rows(
    db,
    `SELECT ${COLUMNS} FROM events WHERE ${SETTLED} AND workspace_id = $4 AND ($5::uuid[] IS NULL OR project_id = ANY ($5))
        AND ($6::text[] IS NULL OR type = ANY ($6)) ${ORDER} LIMIT $3`,
    [...place, scope.workspaceId, scope.projectIds, scope.types ?? null],
  );
}

/** Where to begin so as to see all that is not settled yet, and nothing that was settled before. */
export async function presentPosition(db: Pick<EntityManager, 'query'>): Promise<EventPosition> {
  const [now] = await rows<{ tx: string }>(db, 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS tx');
  return { tx: now?.tx ?? '0', id: NIL_ID };
}

/** Whether `place` lies after `other` in the order of the outbox. */
export function isAfter(place: EventPosition, other: EventPosition): boolean {
  const [mine, theirs] = [BigInt(place.tx), BigInt(other.tx)];
  return mine > theirs || (mine === theirs && place.id > other.id);
}
