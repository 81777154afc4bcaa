import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, NotFound } from '../../../domain/errors.js';
import { asksFor } from '../../../domain/webhook-filter.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock, DAY_MS, MINUTE_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import type { EventPosition, ReadEvent } from '../../../platform/events/outbox.js';
import { NIL_ID, smallestIdAt } from '../../../platform/ids.js';
import { LongWork, type LongWorkType, type Reached, type RunningJob } from '../../../platform/jobs/long-work.service.js';
import { wake } from '../../../platform/jobs/work-loops.js';
import { queueDeliveries } from '../delivery/webhook-queue.js';
import type { WebhookEndpoint } from '../webhook-endpoint.entity.js';
import { Webhooks } from '../webhooks.service.js';
import { COUNT_TO_REPLAY, DELIVERED_OF, EVENTS_SINCE, HOLD_DISPATCHER, NOTHING_MISSED, REPLAY_GIVEN_UP, REPLAY_ONE } from './webhook-log.queries.js';

const BATCH = 500;
/** The log keeps three whole months: of what is older nobody knows any more whether it was delivered. */
const REACH_MS = 89 * DAY_MS;
/** How far the clocks of two processes may differ: an id made after another may still be the smaller one. */
const SKEW_MS = 10 * MINUTE_MS;

interface Replay {
  readonly endpointId: string;
  /** ISO 8601. */
  readonly since: string;
}

/** What can be read of it at /jobs. */
interface Replayed extends Replay {
  /** How many deliveries were put into the queue. */
  readonly queued: number;
}

/** First through what was given up, then through the events. */
interface Place {
  readonly phase: 'given_up' | 'missed' | 'over';
  readonly deliveryId: string;
  readonly event: EventPosition;
}

type Step = Reached<Replayed, Place> & { readonly place: Place };

const REPLAY: LongWorkType<Replay> = { name: 'webhooks.replay', needs: ['webhooks:write'] };

/** Sends again what an endpoint did not take. All of it since an instant is long work: each step commits with the place reached. */
@Injectable()
export class WebhookReplays implements OnModuleInit {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly work: LongWork,
    private readonly webhooks: Webhooks,
  ) {}

  onModuleInit(): void {
    this.work.handle<Replay, Replayed, Place>(REPLAY, (job, input) => this.inSteps(job, input));
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
   * Has a worker send again all that this endpoint did not take since then: what was given up, and what happened while it was turned off.
   * @returns the id of the job
   * @throws NotFound, Conflict `endpoint_disabled`
   */
  async since(actor: Actor, endpointId: string, asked: Date): Promise<string> {
    const at = this.clock.now();
    const since = new Date(Math.max(asked.getTime(), at.getTime() - REACH_MS));
    return transact(this.db, async (tx) => {
      await this.webhooks.turnedOn(actor, endpointId, tx);
      const found = await firstRow<{ total: number }>(tx, COUNT_TO_REPLAY, [actor.workspaceId, endpointId, since]);
      await audit(tx, actor, { action: 'webhook_endpoint.replayed', subjectId: endpointId, at, details: { since: since.toISOString() } });
      return this.work.start(tx, actor, REPLAY, { input: { endpointId, since: since.toISOString() }, total: found?.total ?? 0 });
    });
  }

  /** @throws NotFound, Conflict `endpoint_disabled` when it was removed or turned off meanwhile: what was queued until then stays so */
  private async inSteps(job: RunningJob<Replayed, Place>, replay: Replay): Promise<Replayed> {
    let now: Step = {
      done: job.done,
      result: job.result ?? { ...replay, queued: 0 },
      place: job.place ?? { phase: 'given_up', deliveryId: NIL_ID, event: { tx: '0', id: NIL_ID } },
    };
    while (now.place.phase !== 'over') {
      let next = now;
      await job.step(async (tx) => (next = await this.step(tx, job.actor, now)));
      now = next;
    }
    return now.result;
  }

  private async step(tx: EntityManager, actor: Actor, from: Step): Promise<Step> {
    const endpoint = await this.webhooks.lockTurnedOn(tx, actor, from.result.endpointId); // or two replays could give an event two deliveries
    const given = from.place.phase === 'given_up' ? await this.givenUp(tx, endpoint, from) : from;
    return given.place.phase === 'missed' ? this.missed(tx, endpoint, given) : given;
  }

  private async givenUp(tx: EntityManager, { workspaceId, id }: WebhookEndpoint, from: Step): Promise<Step> {
    const { deliveryId } = from.place;
    const again = await rows<{ id: string }>(tx, REPLAY_GIVEN_UP, [workspaceId, id, this.clock.now(), from.result.since, deliveryId, BATCH]);
    const last = again.map((row) => row.id).reduce((one, other) => (one > other ? one : other), deliveryId);
    await wake(tx, 'deliver');
    const place: Place = { ...from.place, deliveryId: last, phase: again.length < BATCH ? 'missed' : 'given_up' };
    return further(from, { looked: again.length, queued: again.length, place });
  }

  private async missed(tx: EntityManager, endpoint: WebhookEndpoint, from: Step): Promise<Step> {
    let events = await this.eventsAfter(tx, endpoint, from);
    if (events.length < BATCH) {
      // one batch of the dispatcher may not know yet that the endpoint was turned on: when it has committed we see what it has left out
      await rows(tx, HOLD_DISPATCHER);
      events = await this.eventsAfter(tx, endpoint, from);
    }
    const over = events.length < BATCH;
    const missing = await this.undelivered(tx, endpoint, events);
    await queueDeliveries(
      tx,
      missing.map((event) => ({ endpointId: endpoint.id, event })),
      this.clock.now(),
    );
    if (over) await rows(tx, NOTHING_MISSED, [endpoint.workspaceId, endpoint.id, from.result.since]);
    const { tx: transaction, id } = events.at(-1) ?? from.place.event;
    const place: Place = { ...from.place, event: { tx: transaction, id }, phase: over ? 'over' : 'missed' };
    return further(from, { looked: events.length, queued: missing.length, place });
  }

  private eventsAfter(tx: EntityManager, { workspaceId }: WebhookEndpoint, { result, place: { event } }: Step): Promise<ReadEvent[]> {
    return rows<ReadEvent>(tx, EVENTS_SINCE, [workspaceId, result.since, event.tx, event.id, BATCH]);
  }

  private async undelivered(tx: EntityManager, endpoint: WebhookEndpoint, events: readonly ReadEvent[]): Promise<ReadEvent[]> {
    const wanted = events.filter((event) => asksFor(endpoint, event));
    const ids = wanted.map(({ id }) => id);
    const [oldest] = ids.toSorted();
    if (oldest === undefined) return [];
    // a delivery is made after its event, so that older ones need not be looked at
    const found = await rows<{ id: string }>(tx, DELIVERED_OF, [endpoint.workspaceId, endpoint.id, ids, smallestIdAt(oldest, -SKEW_MS)]);
    const known = new Set(found.map(({ id }) => id));
    return wanted.filter(({ id }) => !known.has(id));
  }
}

function further({ done, result }: Step, step: { readonly looked: number; readonly queued: number; readonly place: Place }): Step {
  return { done: done + step.looked, result: { ...result, queued: result.queued + step.queued }, place: step.place };
}
