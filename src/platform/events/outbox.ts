import type { EntityManager } from 'typeorm';
import { rows } from '../database/sql.js';
import { newId } from '../ids.js';

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
    `INSERT INTO events (workspace_id, id, type, at, project_id, campaign_id, opportunity_id, data)
     SELECT workspace_id, id, type, at, project_id, campaign_id, opportunity_id, data
       FROM jsonb_to_recordset($1::jsonb) AS e (workspace_id uuid, id uuid, type text, at timestamptz, project_id uuid, campaign_id uuid, opportunity_id uuid, data jsonb)
     ON CONFLICT (workspace_id, id) DO NOTHING`,
    [
      JSON.stringify(
        events.map((event) => ({
          workspace_id: event.workspaceId,
          id: event.id ?? newId(),
          type: event.type,
          at: event.at,
          project_id: event.projectId,
          campaign_id: event.campaignId,
          opportunity_id: event.opportunityId,
          data: event.data,
        })),
      ),
    ],
  );
  for (const workspaceId of new Set(events.map((event) => event.workspaceId)))
    await tx.query('SELECT pg_notify($1, $2)', [EVENTS_CHANNEL, workspaceId]);
}

/** The place of an event in the one order that no late commit can break. */
export interface EventPosition {
  readonly tx: string;
  readonly id: string;
}

/**
 * Events after a position, in (tx, id) order, only those that no running transaction can still precede:
 * a reader by id alone loses an event that commits late (architecture 2, "Events").
 * @param workspaceId null reads all workspaces: only for the dispatcher of webhooks
 */
export async function readEvents(
  db: Pick<EntityManager, 'query'>,
  after: EventPosition,
  limit: number,
  workspaceId: string | null,
): Promise<(OutboxEvent & { readonly tx: string })[]> {
  const columns = `workspace_id AS "workspaceId", id, tx::text AS tx, type, at, project_id AS "projectId", campaign_id AS "campaignId", opportunity_id AS "opportunityId", data`;
  const settled = `tx < pg_snapshot_xmin(pg_current_snapshot()) AND (tx, id) > ($1::xid8, $2::uuid)`;
  return workspaceId === null
    ? rows(db, `/* all-workspaces: the dispatcher serves everyone */ SELECT ${columns} FROM events WHERE ${settled} ORDER BY tx, id LIMIT $3`, [
        after.tx,
        after.id,
        limit,
      ])
    : rows(db, `SELECT ${columns} FROM events WHERE ${settled} AND workspace_id = $4 ORDER BY tx, id LIMIT $3`, [
        after.tx,
        after.id,
        limit,
        workspaceId,
      ]);
}
