import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, NotFound } from '../../../domain/errors.js';
import { asksFor } from '../../../domain/webhook-filter.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock, DAY_MS, MINUTE_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import type { ReadEvent } from '../../../platform/events/outbox.js';
import { newId, NIL_ID, smallestIdAt } from '../../../platform/ids.js';
import { wake, WorkLoops } from '../../../platform/jobs/work-loops.js';
import { WebhookEndpoint } from '../webhook-endpoint.entity.js';
import { DELIVERED_OF, EVENTS_SINCE, REPLAY_GIVEN_UP, REPLAY_ONE } from './webhook-log.queries.js';
import { queueDeliveries } from '../delivery/webhook-queue.js';
import { Webhooks } from '../webhooks.service.js';

const BATCH = 500;
/** The log keeps three whole months: of what is older nobody knows any more whether it was delivered. */
const REACH_MS = 89 * DAY_MS;
/** How far the clocks of two processes may differ: an id made after another may still be the smaller one. */
const SKEW_MS = 10 * MINUTE_MS;

export interface Replay {
  readonly workspaceId: string;
  readonly id: string;
  readonly endpointId: string;
  readonly since: Date;
  readonly state: 'running' | 'finished' | 'stopped';
  readonly queued: number;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

interface Progress extends Replay {
  readonly deliveryId: string;
  readonly givenUpDone: boolean;
  readonly tx: string;
  readonly eventId: string;
}

const COLUMNS = `workspace_id AS "workspaceId", id, endpoint_id AS "endpointId", since, state, queued, created_at AS "createdAt", finished_at AS "finishedAt",
  delivery_id AS "deliveryId", given_up_done AS "givenUpDone", tx::text AS tx, event_id AS "eventId"`;

/**
 * Sends again what an endpoint did not take. A large replay goes on in batches, each a transaction with the place reached: a worker that
 * dies in between loses and doubles nothing.
 */
@Injectable()
export class WebhookReplays implements OnModuleInit {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly loops: WorkLoops,
    private readonly webhooks: Webhooks,
  ) {}

  onModuleInit(): void {
    this.loops.add('replay', () => this.goOn());
  }

  /** Sends one delivery again, under its old id. @throws NotFound, Conflict `delivery_in_progress`, `endpoint_disabled` */
  async one(actor: Actor, id: string): Promise<void> {
    await transact(this.db, async (tx) => {
      const present = await firstRow<{ endpointId: string }>(
        tx,
        'SELECT endpoint_id AS "endpointId" FROM webhook_deliveries WHERE workspace_id = $1 AND id = $2',
        [actor.workspaceId, id],
      );
      if (!present) throw new NotFound('webhook delivery');
      await this.webhooks.turnedOn(actor, present.endpointId, tx);
      const queued = await firstRow(tx, REPLAY_ONE, [actor.workspaceId, id, this.clock.now()]);
      if (!queued) throw new Conflict('delivery_in_progress', 'This delivery is still being tried.');
      await audit(tx, actor, { action: 'webhook_delivery.replayed', subjectId: id, at: this.clock.now() });
      await wake(tx, 'deliver');
    });
  }

  /**
   * Sends again all that this endpoint did not take since then: what was given up, and what happened while it was turned off. The first
   * batch at once, the rest by a worker.
   * @throws NotFound, Conflict `endpoint_disabled`, `replay_in_progress`
   */
  async since(actor: Actor, endpointId: string, asked: Date): Promise<Replay> {
    const at = this.clock.now();
    const since = new Date(Math.max(asked.getTime(), at.getTime() - REACH_MS));
    return transact(this.db, async (tx) => {
      await this.lock(tx, actor.workspaceId, endpointId);
      await this.webhooks.turnedOn(actor, endpointId, tx);
      const running = await firstRow<{ id: string }>(
        tx,
        `SELECT id FROM webhook_replays WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'running'`,
        [actor.workspaceId, endpointId],
      );
      if (running) throw new Conflict('replay_in_progress', 'A replay of this endpoint is under way.', { replayId: running.id });
      const [replay] = await rows<Progress>(
        tx,
        `INSERT INTO webhook_replays (workspace_id, id, endpoint_id, since, state, delivery_id, tx, event_id, created_at)
         VALUES ($1, $2, $3, $4, 'running', $5, '0', $5, $6) RETURNING ${COLUMNS}`,
        [actor.workspaceId, newId(), endpointId, since, NIL_ID, at],
      );
      if (!replay) throw new Error('A row that was just written is not there.');
      await audit(tx, actor, { action: 'webhook_endpoint.replayed', subjectId: endpointId, at, details: { since: since.toISOString() } });
      let now = replay;
      for (let steps = 0; now.state === 'running' && steps < 2; steps += 1) now = await this.step(tx, now);
      if (now.state === 'running') await wake(tx, 'replay');
      return now;
    });
  }

  /** @throws NotFound */
  async get(actor: Actor, endpointId: string, id: string): Promise<Replay> {
    await this.webhooks.get(actor, endpointId);
    const replay = await firstRow<Progress>(
      this.db,
      `SELECT ${COLUMNS} FROM webhook_replays WHERE workspace_id = $1 AND endpoint_id = $2 AND id = $3`,
      [actor.workspaceId, endpointId, id],
    );
    if (!replay) throw new NotFound('replay');
    return replay;
  }

  /** One batch of one replay. @returns true when there was one */
  private async goOn(): Promise<boolean> {
    return transact(this.db, async (tx) => {
      const next = await firstRow<Progress>(
        tx,
        `/* all-workspaces: work of everyone */ SELECT ${COLUMNS} FROM webhook_replays WHERE state = 'running' ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      if (!next) return false;
      await this.lock(tx, next.workspaceId, next.endpointId);
      await this.step(tx, next);
      return true;
    });
  }

  /** Under lock, or an event could get two deliveries. */
  private async lock(tx: EntityManager, workspaceId: string, endpointId: string): Promise<void> {
    await rows(tx, 'SELECT FROM webhook_endpoints WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE', [workspaceId, endpointId]);
  }

  private async step(tx: EntityManager, replay: Progress): Promise<Progress> {
    const endpoint = await tx.findOneByOrFail(WebhookEndpoint, { workspaceId: replay.workspaceId, id: replay.endpointId });
    if (endpoint.state === 'disabled') return this.write(tx, replay, { state: 'stopped', finishedAt: this.clock.now() });
    return replay.givenUpDone ? this.missed(tx, replay, endpoint) : this.givenUp(tx, replay);
  }

  private async givenUp(tx: EntityManager, replay: Progress): Promise<Progress> {
    const { workspaceId, endpointId, since, deliveryId } = replay;
    const again = await rows<{ id: string }>(tx, REPLAY_GIVEN_UP, [workspaceId, endpointId, this.clock.now(), since, deliveryId, BATCH]);
    const last = again.map(({ id }) => id).reduce((one, other) => (one > other ? one : other), deliveryId);
    await wake(tx, 'deliver');
    return this.write(tx, replay, { deliveryId: last, givenUpDone: again.length < BATCH, queued: replay.queued + again.length });
  }

  private async missed(tx: EntityManager, replay: Progress, endpoint: WebhookEndpoint): Promise<Progress> {
    const { workspaceId, endpointId, since } = replay;
    const events = await rows<ReadEvent>(tx, EVENTS_SINCE, [workspaceId, since, replay.tx, replay.eventId, BATCH]);
    const wanted = events.filter((event) => asksFor(endpoint, event));
    const known = await this.deliveredOf(tx, replay, wanted);
    const missing = wanted.filter(({ id }) => !known.has(id));
    await queueDeliveries(
      tx,
      missing.map((event) => ({ endpointId, event })),
      this.clock.now(),
    );
    const last = events.at(-1);
    const place = last ? { tx: last.tx, eventId: last.id } : {};
    const queued = replay.queued + missing.length;
    if (events.length === BATCH) return this.write(tx, replay, { ...place, queued });
    await rows(tx, 'UPDATE webhook_endpoints SET missed_since = NULL WHERE workspace_id = $1 AND id = $2 AND missed_since >= $3', [
      ...[workspaceId, endpointId, since],
    ]);
    return this.write(tx, replay, { ...place, queued, state: 'finished', finishedAt: this.clock.now() });
  }

  private async deliveredOf(tx: EntityManager, { workspaceId, endpointId }: Replay, events: readonly ReadEvent[]): Promise<Set<string>> {
    const ids = events.map(({ id }) => id);
    const [oldest] = ids.toSorted();
    if (oldest === undefined) return new Set();
    // a delivery is made after its event, so that older ones need not be looked at
    const found = await rows<{ id: string }>(tx, DELIVERED_OF, [workspaceId, endpointId, ids, smallestIdAt(oldest, -SKEW_MS)]);
    return new Set(found.map(({ id }) => id));
  }

  private async write(tx: EntityManager, replay: Progress, change: Partial<Progress>): Promise<Progress> {
    const now = { ...replay, ...change };
    await rows(
      tx,
      `UPDATE webhook_replays SET state = $3, delivery_id = $4, given_up_done = $5, tx = $6::xid8, event_id = $7, queued = $8, finished_at = $9
        WHERE workspace_id = $1 AND id = $2`,
      [now.workspaceId, now.id, now.state, now.deliveryId, now.givenUpDone, now.tx, now.eventId, now.queued, now.finishedAt],
    );
    return now;
  }
}
