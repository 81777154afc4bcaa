import { randomInt } from 'node:crypto';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
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

/** Standards 81 asks for 15 to 30 s; a stop of the process waits 18. */
const TIMEOUT_MS = 15 * SECOND_MS;
/** Failures in a row from which on an endpoint counts as failing (state-model 6). */
const FAILING_FROM = 3;
const AT_ONCE = 64;
/** A slow endpoint holds so many slots and no more: the others go on beside it. */
const AT_ONCE_PER_ENDPOINT = 4;

/** Posts deliveries that are due. At least once, with one id: a worker that dies after the post leaves a claim that runs out. */
@Injectable()
export class WebhookDeliverer implements OnModuleInit {
  private readonly logger = new Logger(WebhookDeliverer.name);
  /** Each try under way, with its endpoint. */
  private readonly running = new Map<Promise<void>, string>();

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly loops: WorkLoops,
    private readonly box: SecretBox,
    private readonly fetcher: PageFetcher,
  ) {}

  onModuleInit(): void {
    this.loops.add(
      'deliver',
      () => this.startDue(),
      () => this.oneDone(),
    );
  }

  /** Starts what is due and waits for none of it: a try that hangs must not keep the next event from its receiver. */
  private async startDue(): Promise<boolean> {
    const free = AT_ONCE - this.running.size;
    if (free === 0) return false;
    const underway = [...this.running.values()];
    const values = [this.clock.now(), newId(), free, AT_ONCE_PER_ENDPOINT, underway];
    const claimed = await rows<ClaimedDelivery>(this.db, CLAIM_DELIVERIES, values);
    const slotsFreed = this.running.size < underway.length; // while we asked, and the answer did not count them
    for (const delivery of claimed) this.start(delivery);
    return claimed.length > 0 || slotsFreed;
  }

  private async oneDone(): Promise<boolean> {
    if (this.running.size === 0) return false;
    await Promise.race(this.running.keys());
    return true;
  }

  private start(delivery: ClaimedDelivery): void {
    const run: Promise<void> = this.deliver(delivery)
      .catch((error: unknown) => {
        this.logger.error({ err: error, deliveryId: delivery.id }, 'delivery failed; its claim runs out and it is tried again');
      })
      .finally(() => {
        this.running.delete(run);
        this.loops.wakeNow('deliver'); // a slot is free
      });
    this.running.set(run, delivery.endpointId);
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
      `UPDATE webhook_endpoints SET state = CASE WHEN failures + 1 >= ${FAILING_FROM} THEN 'failing' ELSE state END, failures = failures + 1, failing_since = COALESCE(failing_since, $3), rest_until = GREATEST(rest_until, $4)
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
