import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, SECOND_MS } from '../../../platform/clock.js';
import { rows } from '../../../platform/database/sql.js';
import { newId } from '../../../platform/ids.js';
import { WorkLoops } from '../../../platform/jobs/work-loops.js';
import { PageFetcher, type PostOutcome } from '../../../platform/web-fetch/net/page-fetcher.js';
import { WebhookOutcomes } from './webhook-outcomes.service.js';
import { CLAIM_DELIVERIES, type ClaimedDelivery } from './webhook-queue.queries.js';
import { type SignatureHeaders, WebhookSigner } from './webhook-signer.service.js';

/** Tries that may run at once, counting only those that began a moment ago: one that hangs takes no slot from the others. */
const AT_ONCE = 512;
const QUICK_MS = SECOND_MS;
/** All of them, the hanging ones too: a process has only so many sockets. */
const AT_MOST = 2048;
/** A claim for fewer slots costs more than it brings. */
const WORTH_ASKING = 64;
const AT_ONCE_PER_ENDPOINT = 16;

/** Standards 81 asks for 15 to 30 s. A stop of the process waits only for the second. Tests need not wait as long. */
export const PATIENCE = { timeoutMs: 20 * SECOND_MS, graceMs: 3 * SECOND_MS };

interface Underway {
  readonly endpointId: string;
  readonly startedAt: number;
  /** It was taken, which is being written: its slot is free for the next one. A failure may bid us to slow down, so it is written first. */
  answered: boolean;
}

/** Posts deliveries that are due. At least once, with one id: a worker that dies after the post leaves a claim that runs out. */
@Injectable()
export class WebhookDeliverer implements OnModuleInit {
  private readonly logger = new Logger(WebhookDeliverer.name);
  private readonly running = new Map<Promise<void>, Underway>();
  private readonly brokenOff = new AbortController();
  private stopSeen = false;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly loops: WorkLoops,
    private readonly signer: WebhookSigner,
    private readonly fetcher: PageFetcher,
    private readonly outcomes: WebhookOutcomes,
  ) {}

  onModuleInit(): void {
    this.loops.add(
      'deliver',
      (stopping) => this.startDue(stopping),
      () => this.oneDone(),
    );
  }

  /** Starts what is due and waits for none of it: a try that hangs must not keep the next event from its receiver. */
  private async startDue(stopping: AbortSignal): Promise<boolean> {
    this.breakOffAfterStop(stopping);
    const before = this.running.size;
    const free = this.freeSlots();
    if (free < WORTH_ASKING) return false;
    const counts = this.countByEndpoint();
    const values = [this.clock.now(), newId(), free, AT_ONCE_PER_ENDPOINT, [...counts.keys()], [...counts.values()]];
    const claimed = await rows<ClaimedDelivery>(this.db, CLAIM_DELIVERIES, values);
    const slotsFreed = this.running.size < before; // while we asked, and the answer did not count them
    for (const delivery of claimed) this.start(delivery);
    return claimed.length > 0 || slotsFreed;
  }

  private freeSlots(): number {
    const now = performance.now();
    let quick = 0;
    for (const { answered, startedAt } of this.running.values()) if (!answered && now - startedAt < QUICK_MS) quick += 1;
    return Math.min(AT_ONCE - quick, AT_MOST - this.running.size);
  }

  private countByEndpoint(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { endpointId, answered } of this.running.values()) if (!answered) counts.set(endpointId, (counts.get(endpointId) ?? 0) + 1);
    return counts;
  }

  /** A stop of the process waits less long than a try may take: what has no answer soon is broken off. */
  private breakOffAfterStop(stopping: AbortSignal): void {
    if (this.stopSeen) return;
    this.stopSeen = true;
    stopping.addEventListener('abort', () => {
      setTimeout(() => {
        this.brokenOff.abort();
      }, PATIENCE.graceMs).unref();
    });
  }

  private async oneDone(): Promise<boolean> {
    if (this.running.size === 0) return false;
    await Promise.race(this.running.keys());
    return true;
  }

  private start(delivery: ClaimedDelivery): void {
    const underway = { endpointId: delivery.endpointId, startedAt: performance.now(), answered: false };
    const run: Promise<void> = this.deliver(delivery, underway)
      .catch((error: unknown) => {
        this.logger.error({ err: error, deliveryId: delivery.id }, 'delivery failed; its claim runs out and it is tried again');
      })
      .finally(() => {
        this.running.delete(run);
        this.loops.wakeNow('deliver'); // a slot is free
      });
    this.running.set(run, underway);
  }

  private async deliver(delivery: ClaimedDelivery, underway: Underway): Promise<void> {
    const at = this.clock.now();
    const started = performance.now();
    const signed = this.signer.sign(delivery);
    const outcome = await this.post(delivery, signed.headers);
    if (!outcome) return this.outcomes.handBack(delivery);
    if (isTaken(outcome)) {
      underway.answered = true;
      this.loops.wakeNow('deliver');
    }
    const durationMs = Math.round(performance.now() - started);
    return this.outcomes.settle({ delivery, outcome, at, durationMs, signedAt: signed.at, signature: signed.headers['webhook-signature'] });
  }

  /** Undefined when it was broken off. */
  private async post({ url, body }: ClaimedDelivery, headers: SignatureHeaders): Promise<PostOutcome | undefined> {
    const { signal } = this.brokenOff;
    try {
      return await this.fetcher.postJson(url, { headers, body, timeoutMs: PATIENCE.timeoutMs, signal });
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }
}

function isTaken(outcome: PostOutcome): boolean {
  return outcome.kind === 'answer' && outcome.status >= 200 && outcome.status < 300;
}
