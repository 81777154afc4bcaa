import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { endpointIsDead, fateOfDelivery, newsOfEndpoint, retryAfterMs, type DeliveryFate } from '../../../domain/webhook-retry.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { appendEvents } from '../../../platform/events/outbox.js';
import { JobQueue } from '../../../platform/jobs/job-queue.js';
import type { PostOutcome } from '../../../platform/web-fetch/net/page-fetcher.js';
import { ENDPOINT_DISABLED } from '../webhooks.jobs.js';
import {
  type ClaimedDelivery,
  COUNT_FAILURES,
  DISABLE_ENDPOINT,
  HAND_BACK,
  MAKE_ACTIVE,
  type OutcomeRow,
  WRITE_OUTCOMES,
} from './webhook-queue.queries.js';

/** Failures in a row from which on an endpoint counts as failing (state-model 6). */
const FAILING_FROM = 3;
const BATCH = 200;
const ERROR_LENGTH = 500;

/** One try, made. */
export interface Try {
  readonly delivery: ClaimedDelivery;
  readonly outcome: PostOutcome;
  /** By the product's clock. */
  readonly at: Date;
  readonly durationMs: number;
  readonly signedAt: Date;
  readonly signature: string;
}

interface Settled {
  readonly delivery: ClaimedDelivery;
  readonly fate: DeliveryFate;
  readonly endedAt: Date;
  readonly row: OutcomeRow;
}

interface Waiting {
  readonly settled: Settled;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

/** Writes how tries ended: those that end while others are being written go together into the next statement. */
@Injectable()
export class WebhookOutcomes {
  private readonly waiting: Waiting[] = [];
  private writing = false;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly jobs: JobQueue,
  ) {}

  /** Resolves when the outcome is committed. */
  settle(made: Try): Promise<void> {
    return new Promise((written, failed) => {
      this.waiting.push({ settled: this.judge(made), written, failed });
      if (!this.writing) void this.writeAll();
    });
  }

  /** The process stops: the claim of a try that was broken off goes back, and another process makes it at once. */
  async handBack({ workspaceId, id, claimToken }: ClaimedDelivery): Promise<void> {
    await rows(this.db, HAND_BACK, [JSON.stringify([{ workspace_id: workspaceId, id, claim_token: claimToken }])]);
  }

  private judge({ delivery, outcome, at, durationMs, signedAt, signature }: Try): Settled {
    const endedAt = this.clock.now();
    const status = outcome.kind === 'answer' ? outcome.status : undefined;
    const asked = outcome.kind === 'answer' ? retryAfterMs(outcome.retryAfter, this.clock.real()) : undefined;
    const fate = fateOfDelivery({ status, retryAfterMs: asked }, delivery.attempts - delivery.triesBefore, endedAt, randomInt(1000) / 1000);
    const { workspaceId, id, claimToken, attempts } = delivery;
    const row: OutcomeRow = {
      ...{ workspace_id: workspaceId, id, claim_token: claimToken, number: attempts },
      ...{ state: fate.state, next_at: fate.state === 'retrying' ? fate.nextAt : null },
      ...{ at, ended_at: endedAt, duration_ms: durationMs, signed_at: signedAt, signature },
      ...{ status: status ?? null, error: errorOf(outcome), answer: outcome.kind === 'answer' ? outcome.bodyStart : null },
    };
    return { delivery, fate, endedAt, row };
  }

  private async writeAll(): Promise<void> {
    this.writing = true;
    await new Promise(setImmediate); // what ends in the same turn is written together
    while (this.waiting.length > 0) await this.writeBatch(this.waiting.splice(0, BATCH));
    this.writing = false;
  }

  /** One by one when they cannot be written together, so that no outcome is lost by another. */
  private async writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.write(batch.map(({ settled }) => settled));
      for (const { written } of batch) written();
    } catch (error) {
      const [only] = batch;
      if (only && batch.length === 1) only.failed(error);
      else for (const one of batch) await this.writeBatch([one]);
    }
  }

  private async write(batch: readonly Settled[]): Promise<void> {
    const outcomes = [JSON.stringify(batch.map(({ row }) => row))];
    if (batch.every(({ delivery, fate }) => delivery.healthy && fate.state === 'delivered')) {
      await rows(this.db, WRITE_OUTCOMES, outcomes); // says nothing new of any endpoint: one statement, which is a transaction by itself
      return;
    }
    await transact(this.db, async (tx) => {
      const ours = new Set((await rows<{ id: string }>(tx, WRITE_OUTCOMES, outcomes)).map(({ id }) => id));
      // a claim that ran out is someone else's: what became of their try counts
      await this.rate(
        tx,
        batch.filter(({ delivery }) => ours.has(delivery.id)),
      );
    });
  }

  private async rate(tx: EntityManager, batch: readonly Settled[]): Promise<void> {
    // in one order, so that two processes cannot lock each other out
    const byEndpoint = [...Map.groupBy(batch, ({ delivery }) => delivery.endpointId)].sort(([a], [b]) => (a < b ? -1 : 1));
    const healthy = byEndpoint.filter(([, tries]) => tries.every(({ fate }) => fate.state === 'delivered'));
    if (healthy.length > 0) {
      await rows(tx, MAKE_ACTIVE, [healthy.map(([, [first]]) => first?.delivery.workspaceId), healthy.map(([endpointId]) => endpointId)]);
    }
    for (const [, tries] of byEndpoint) if (tries.some(({ fate }) => fate.state !== 'delivered')) await this.rateFailing(tx, tries);
  }

  /** Success makes an endpoint active again; 410 at once, or five days of nothing but failure, turn it off. */
  private async rateFailing(tx: EntityManager, tries: readonly Settled[]): Promise<void> {
    const [first] = tries;
    if (!first) return;
    const { workspaceId, endpointId } = first.delivery;
    const news = newsOfEndpoint(tries);
    const givenUp = tries.filter(({ fate }) => fate.state === 'exhausted').map(({ delivery }) => delivery.createdAt.getTime());
    const missedSince = givenUp.length > 0 ? new Date(Math.min(...givenUp)) : null;
    const { succeeded, failures, failingSince, restUntil, gone } = news;
    const counted = await firstRow<{ failingSince: Date | null }>(tx, COUNT_FAILURES, [
      ...[workspaceId, endpointId, succeeded, failures, failingSince, restUntil, FAILING_FROM, missedSince],
    ]);
    if (!counted) return; // turned off meanwhile
    const at = this.clock.now();
    if (gone) await this.disable(tx, { workspaceId, endpointId, reason: 'answered 410 Gone', at });
    else if (endpointIsDead(counted.failingSince, at))
      await this.disable(tx, { workspaceId, endpointId, reason: 'every try failed for five days', at });
  }

  private async disable(tx: EntityManager, off: { workspaceId: string; endpointId: string; reason: string; at: Date }): Promise<void> {
    const { workspaceId, endpointId, reason, at } = off;
    await rows(tx, DISABLE_ENDPOINT, [workspaceId, endpointId, reason, at]);
    const data = { object: { type: 'webhook_endpoint', id: endpointId, state: 'disabled', reason } };
    await appendEvents(tx, [{ workspaceId, type: 'webhook_endpoint.disabled', at, projectId: null, campaignId: null, opportunityId: null, data }]);
    await this.jobs.enqueue(tx, ENDPOINT_DISABLED, { workspaceId, endpointId, reason });
  }
}

/** Why it failed, in a line; null when it did not. */
function errorOf(outcome: PostOutcome): string | null {
  if (outcome.kind === 'failure') return `${outcome.code}: ${outcome.detail}`.slice(0, ERROR_LENGTH);
  return outcome.status >= 200 && outcome.status < 300 ? null : `HTTP ${outcome.status}`;
}
