import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { asksFor, type EventFilter } from '../../../domain/webhook-filter.js';
import { Clock } from '../../../platform/clock.js';
import { Listener } from '../../../platform/database/listener.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { EVENTS_CHANNEL, type EventPosition, type OutboxEvent, readEvents } from '../../../platform/events/outbox.js';
import { NIL_ID } from '../../../platform/ids.js';
import { WorkLoops } from '../../../platform/jobs/work-loops.js';
import { queueDeliveries } from './webhook-queue.js';

const READER = 'webhooks';
const BATCH = 500;

interface Subscription extends EventFilter {
  readonly id: string;
  readonly workspaceId: string;
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
      `SELECT id, workspace_id AS "workspaceId", event_types AS "eventTypes", project_ids AS "projectIds", campaign_ids AS "campaignIds"
         FROM webhook_endpoints WHERE workspace_id = ANY ($1) AND state <> 'disabled'`,
      [workspaces],
    );
    const deliveries = events.flatMap((event) =>
      endpoints
        .filter((endpoint) => endpoint.workspaceId === event.workspaceId && asksFor(endpoint, event))
        .map((endpoint) => ({ endpointId: endpoint.id, event })),
    );
    await queueDeliveries(tx, deliveries, this.clock.now());
  }
}
