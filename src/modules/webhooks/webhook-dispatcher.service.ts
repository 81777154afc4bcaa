import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock.js';
import { Listener } from '../../platform/database/listener.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { EVENTS_CHANNEL, type EventPosition, type OutboxEvent, readEvents } from '../../platform/events/outbox.js';
import { newId, NIL_ID } from '../../platform/ids.js';
import { wake, WorkLoops } from '../../platform/jobs/work-loops.js';
import { envelopeOf } from './envelope.js';

const READER = 'webhooks';
const BATCH = 500;

interface Subscription {
  readonly id: string;
  readonly workspaceId: string;
  readonly eventTypes: readonly string[];
}

/** Turns events into deliveries, each event once an endpoint: the place reached and the deliveries commit together. */
@Injectable()
export class WebhookDispatcher implements OnModuleInit {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly loops: WorkLoops,
    private readonly listener: Listener,
  ) {}

  onModuleInit(): void {
    this.loops.add('dispatch', () => this.dispatch());
    this.listener.on(EVENTS_CHANNEL, () => {
      this.loops.wakeNow('dispatch');
    });
  }

  /** @returns true when a full batch was read and more may stand behind it */
  async dispatch(): Promise<boolean> {
    return transact(this.db, async (tx) => {
      const reached = await this.position(tx);
      if (!reached) return false;
      const events = await readEvents(tx, reached, BATCH, null);
      const last = events.at(-1);
      if (!last) return false;
      await this.deliver(tx, events);
      await rows(tx, 'UPDATE event_readers SET tx = $2::xid8, id = $3 WHERE name = $1', [READER, last.tx, last.id]);
      return events.length === BATCH;
    });
  }

  /** Our place, locked; undefined while another process holds it. */
  private async position(tx: EntityManager): Promise<EventPosition | undefined> {
    await rows(tx, `INSERT INTO event_readers (name, tx, id) VALUES ($1, '0', $2) ON CONFLICT (name) DO NOTHING`, [READER, NIL_ID]);
    return firstRow(tx, 'SELECT tx::text AS tx, id FROM event_readers WHERE name = $1 FOR UPDATE SKIP LOCKED', [READER]);
  }

  private async deliver(tx: EntityManager, events: readonly OutboxEvent[]): Promise<void> {
    const workspaces = [...new Set(events.map((event) => event.workspaceId))];
    const endpoints = await rows<Subscription>(
      tx,
      `SELECT id, workspace_id AS "workspaceId", event_types AS "eventTypes" FROM webhook_endpoints WHERE workspace_id = ANY ($1) AND state <> 'disabled'`,
      [workspaces],
    );
    const deliveries = events.flatMap((event) =>
      endpoints
        .filter((endpoint) => endpoint.workspaceId === event.workspaceId && wants(endpoint.eventTypes, event.type))
        .map((endpoint) => ({
          workspace_id: event.workspaceId,
          id: newId(),
          endpoint_id: endpoint.id,
          event_id: event.id,
          event_type: event.type,
          body: JSON.stringify(envelopeOf(event)),
        })),
    );
    await queueDeliveries(tx, deliveries, this.clock.now());
  }
}

/** `backlink.suspect` is no news to act on: it comes only to those who name it (state-model 6). */
export function wants(eventTypes: readonly string[], type: string): boolean {
  return eventTypes.includes(type) || (eventTypes.includes('*') && type !== 'backlink.suspect');
}

export interface NewDelivery {
  readonly workspace_id: string;
  readonly id: string;
  readonly endpoint_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly body: string;
}

export async function queueDeliveries(tx: EntityManager, deliveries: readonly NewDelivery[], now: Date): Promise<void> {
  if (deliveries.length === 0) return;
  await rows(
    tx,
    `INSERT INTO webhook_deliveries (workspace_id, id, endpoint_id, event_id, event_type, body, state, next_at, created_at)
     SELECT workspace_id, id, endpoint_id, event_id, event_type, body, 'pending', $2, $2
       FROM jsonb_to_recordset($1::jsonb) AS d (workspace_id uuid, id uuid, endpoint_id uuid, event_id uuid, event_type text, body text)`,
    [JSON.stringify(deliveries), now],
  );
  await wake(tx, 'deliver');
}
