import type { EntityManager } from 'typeorm';
import { subjectOf } from '../../../domain/event-data.js';
import { rows } from '../../../platform/database/sql.js';
import { envelopeOf } from '../../../platform/events/envelope.js';
import { newId } from '../../../platform/ids.js';
import { wake } from '../../../platform/jobs/work-loops.js';

export interface NewDelivery {
  readonly endpointId: string;
  readonly event: Parameters<typeof envelopeOf>[0];
}

/** Makes deliveries that are due at once, in the order in which they are given. @returns their ids */
export async function queueDeliveries(tx: EntityManager, deliveries: readonly NewDelivery[], now: Date): Promise<string[]> {
  if (deliveries.length === 0) return [];
  const made = deliveries.map(({ endpointId, event }) => ({
    workspace_id: event.workspaceId,
    id: newId(), // in order: of two events about one subject the earlier one goes first
    endpoint_id: endpointId,
    event_id: event.id,
    event_type: event.type,
    subject_id: subjectOf(event.data) ?? null,
    body: JSON.stringify(envelopeOf(event)),
  }));
  await rows(
    tx,
    `INSERT INTO webhook_deliveries (workspace_id, id, endpoint_id, event_id, event_type, subject_id, body, state, next_at, created_at)
     SELECT workspace_id, id, endpoint_id, event_id, event_type, subject_id, body, 'pending', $2, $2
       FROM jsonb_to_recordset($1::jsonb) AS d (workspace_id uuid, id uuid, endpoint_id uuid, event_id uuid, event_type text, subject_id uuid, body text)`,
    [JSON.stringify(made), now],
  );
  await wake(tx, 'deliver');
  return made.map(({ id }) => id);
}
