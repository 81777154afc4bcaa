import { randomInt } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { endpointIsDead, fateOfDelivery, retryAfterMs, type DeliveryFate } from '../../domain/webhook-retry.js';
import { Clock, SECOND_MS } from '../../platform/clock.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { appendEvents } from '../../platform/events/outbox.js';
import { newId } from '../../platform/ids.js';
import { WorkLoops } from '../../platform/jobs/work-loops.js';
import { SecretBox } from '../../platform/secrets/secret-box.js';
import { PageFetcher, type PostOutcome } from '../../platform/web-fetch/page-fetcher.js';
import { CLAIM_DELIVERIES, WRITE_FATE, type ClaimedDelivery } from './webhooks.queries.js';
import { signatureHeaders } from './webhook-signing.js';

const TIMEOUT_MS = 20 * SECOND_MS;
const AT_ONCE = 64;
/** A slow endpoint holds so many slots and no more: the others go on beside it. */
const AT_ONCE_PER_ENDPOINT = 4;

/** Posts deliveries that are due. At least once, with one id: a worker that dies after the post leaves a claim that runs out. */
@Injectable()
export class WebhookDeliverer implements OnModuleInit {
  private readonly inFlight = new Map<string, number>();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly loops: WorkLoops,
    private readonly box: SecretBox,
    private readonly fetcher: PageFetcher,
  ) {}

  onModuleInit(): void {
    this.loops.add('deliver', (stopping) => this.deliverDue(stopping));
  }

  /** Starts what is due and goes on as soon as one slot is free, so that nobody waits for the slowest. */
  private async deliverDue(stopping: AbortSignal): Promise<boolean> {
    const free = AT_ONCE - this.running.size;
    const claimed = free > 0 ? await this.claim(free) : [];
    for (const delivery of claimed) this.start(delivery);
    if (this.running.size === 0) return false;
    await (stopping.aborted ? Promise.all(this.running) : Promise.race(this.running));
    return !stopping.aborted;
  }

  private async claim(limit: number): Promise<ClaimedDelivery[]> {
    const busy = [...this.inFlight].filter(([, count]) => count >= AT_ONCE_PER_ENDPOINT).map(([id]) => id);
    return rows<ClaimedDelivery>(this.db, CLAIM_DELIVERIES, [this.clock.now(), newId(), limit, AT_ONCE_PER_ENDPOINT, busy]);
  }

  private start(delivery: ClaimedDelivery): void {
    this.inFlight.set(delivery.endpointId, (this.inFlight.get(delivery.endpointId) ?? 0) + 1);
    const run = this.deliver(delivery).finally(() => {
      this.running.delete(run);
      const left = (this.inFlight.get(delivery.endpointId) ?? 1) - 1;
      if (left > 0) this.inFlight.set(delivery.endpointId, left);
      else this.inFlight.delete(delivery.endpointId);
    });
    this.running.add(run);
    run.catch(() => undefined); // the race above reports it; the claim runs out and the delivery is tried again
  }

  private async deliver(delivery: ClaimedDelivery): Promise<void> {
    const outcome = await this.fetcher.postJson(delivery.url, {
      headers: signatureHeaders({ id: `evt_${delivery.eventId}`, body: delivery.body, at: this.clock.real() }, this.secretsOf(delivery)),
      body: delivery.body,
      timeoutMs: TIMEOUT_MS,
    });
    await this.settle(delivery, outcome);
  }

  private secretsOf(delivery: ClaimedDelivery): string[] {
    const context = `webhook.secret:${delivery.endpointId}`;
    const present = this.box.open(delivery.secretSealed, context);
    const overlaps = delivery.oldSecretSealed && delivery.oldSecretUntil && delivery.oldSecretUntil > this.clock.now();
    return overlaps && delivery.oldSecretSealed ? [present, this.box.open(delivery.oldSecretSealed, context)] : [present];
  }

  private async settle(delivery: ClaimedDelivery, outcome: PostOutcome): Promise<void> {
    const now = this.clock.now();
    const status = outcome.kind === 'answer' ? outcome.status : undefined;
    const asked = outcome.kind === 'answer' ? retryAfterMs(outcome.retryAfter, this.clock.real()) : undefined;
    const fate = fateOfDelivery({ status, retryAfterMs: asked }, delivery.attempts, now, randomInt(1000) / 1000);
    await transact(this.db, async (tx) => {
      const settled = await firstRow(tx, WRITE_FATE, [
        delivery.workspaceId,
        delivery.id,
        delivery.claimToken,
        fate.state,
        fate.state === 'retrying' ? fate.nextAt : null,
        status ?? null,
        outcome.kind === 'failure'
          ? `${outcome.code}: ${outcome.detail}`.slice(0, 500)
          : status === undefined || status < 300
            ? null
            : `HTTP ${status}`,
        outcome.kind === 'answer' ? outcome.bodyStart.slice(0, 2000) : null,
        fate.state === 'delivered' ? now : null,
      ]);
      if (!settled) return; // the claim ran out and someone else has it
      const endpoint = await this.rate(tx, delivery, fate);
      if (endpoint?.disabledNow) {
        await appendEvents(tx, [
          {
            workspaceId: delivery.workspaceId,
            type: 'webhook_endpoint.disabled',
            at: now,
            projectId: null,
            campaignId: null,
            opportunityId: null,
            data: { object: { type: 'webhook_endpoint', id: delivery.endpointId, reason: endpoint.reason } },
          },
        ]);
      }
    });
  }

  /** Success makes an endpoint active again; 410 at once, or five days of nothing but failure, turn it off. */
  private async rate(
    tx: Pick<DataSource, 'query'>,
    delivery: ClaimedDelivery,
    fate: DeliveryFate,
  ): Promise<{ disabledNow: boolean; reason: string } | undefined> {
    const { workspaceId, endpointId } = delivery;
    if (fate.state === 'delivered') {
      await rows(
        tx,
        `UPDATE webhook_endpoints SET state = 'active', state_reason = NULL, failures = 0, failing_since = NULL, rest_until = NULL
          WHERE workspace_id = $1 AND id = $2 AND state <> 'disabled' AND (failures > 0 OR rest_until IS NOT NULL)`,
        [workspaceId, endpointId],
      );
      return undefined;
    }
    const now = this.clock.now();
    const failing = await firstRow<{ failingSince: Date }>(
      tx,
      `UPDATE webhook_endpoints SET state = 'failing', failures = failures + 1, failing_since = COALESCE(failing_since, $3), rest_until = GREATEST(rest_until, $4)
        WHERE workspace_id = $1 AND id = $2 AND state <> 'disabled' RETURNING failing_since AS "failingSince"`,
      [workspaceId, endpointId, now, fate.state === 'retrying' ? fate.restUntil : null],
    );
    if (!failing) return undefined;
    const gone = fate.state === 'exhausted' && fate.endpointGone;
    if (!gone && !endpointIsDead(failing.failingSince, now)) return undefined;
    const reason = gone ? 'answered 410 Gone' : 'every try failed for five days';
    await rows(tx, `UPDATE webhook_endpoints SET state = 'disabled', state_reason = $3, version = version + 1 WHERE workspace_id = $1 AND id = $2`, [
      workspaceId,
      endpointId,
      reason,
    ]);
    return { disabledNow: true, reason };
  }
}
