import { Injectable, Logger } from '@nestjs/common';
import { SECOND_MS } from '../../platform/clock.js';
import { Delivery } from './delivery.service.js';
import { type Batch, MailboxTurn } from './mailbox-turn.service.js';

/** Mailboxes that one process serves at the same time; most of the time is spent waiting for their servers. */
const LANES = 8;

/** Serves several mailboxes at once: a slow server holds up its own lane only. */
@Injectable()
export class SendLanes {
  private readonly logger = new Logger(SendLanes.name);
  private readonly busy = new Set<Promise<void>>();

  constructor(
    private readonly turn: MailboxTurn,
    private readonly delivery: Delivery,
  ) {}

  /** One look at what is due, as a loop's work. @returns true while mails are on their way: look again */
  async work(stopping: AbortSignal): Promise<boolean> {
    try {
      while (this.busy.size < LANES && !stopping.aborted) {
        const batch = await this.turn.take();
        if (!batch) break;
        if (batch.messageIds.length > 0) this.start(batch, stopping);
      }
    } finally {
      if (stopping.aborted) await Promise.all(this.busy);
    }
    if (this.busy.size === 0) return false;
    await this.oneIsFree(stopping);
    if (stopping.aborted) await Promise.all(this.busy); // what is on the wire is finished before the process ends
    return true;
  }

  private start(batch: Batch, stopping: AbortSignal): void {
    const lane = this.delivery
      .deliver(batch, stopping)
      .catch((error: unknown) => {
        this.logger.error({ err: error, workspaceId: batch.mailbox.workspaceId }, 'a batch broke off; its leases say what becomes of it');
      })
      .finally(() => {
        this.busy.delete(lane);
      });
    this.busy.add(lane);
  }

  /** Also ends after a second, since other mailboxes may be due by then, and at a stop. */
  private async oneIsFree(stopping: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const pause = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, SECOND_MS);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      stopping.addEventListener('abort', end, { signal: waiting.signal });
      waiting.signal.addEventListener('abort', end);
    });
    await Promise.race([...this.busy, pause]);
    waiting.abort();
  }
}
