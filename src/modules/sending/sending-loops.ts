import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { systemActor } from '../../platform/auth/system-actor.js';
import { Clock, SECOND_MS } from '../../platform/clock.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { firstRow } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { WorkLoops } from '../../platform/jobs/work-loops.js';
import { MessageClaims } from '../pipeline/message-claims.service.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import { Delivery } from './delivery/delivery.service.js';
import { type Batch, MailboxTurn } from './claim/mailbox-turn.service.js';
import { SentCopies } from './delivery/sent-copies.service.js';
import { SentLooks } from './delivery/sent-looks.service.js';
import { lockSite } from './claim/sending.queries.js';

/** Serves several mailboxes at once: a slow server holds up its own lane only. */
@Injectable()
export class SendLanes {
  private readonly logger = new Logger(SendLanes.name);
  private readonly busy = new Set<Promise<void>>();

  constructor(
    private readonly turn: MailboxTurn,
    private readonly delivery: Delivery,
    private readonly config: AppConfig,
  ) {}

  /** One look at what is due, as a loop's work. @returns true while mails are on their way: look again */
  async work(stopping: AbortSignal): Promise<boolean> {
    try {
      while (this.busy.size < this.config.MAILBOXES_AT_ONCE && !stopping.aborted) {
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

const LEASES_AT_ONCE = 100;

/** Looks after the mails of workers that died: what had not begun goes back, what had is of unknown fate and never sent again by itself. */
@Injectable()
export class LeaseKeeper {
  constructor(
    private readonly db: DataSource,
    private readonly claims: MessageClaims,
    private readonly pipeline: Pipeline,
    private readonly clock: Clock,
  ) {}

  /** One batch, as a loop's work. @returns whether there may be more */
  async work(stopping: AbortSignal): Promise<boolean> {
    const abandoned = await this.claims.abandoned(this.db.manager, LEASES_AT_ONCE);
    for (const { workspaceId, id } of abandoned) {
      if (stopping.aborted) return false;
      await this.settle(workspaceId, id);
    }
    return abandoned.length === LEASES_AT_ONCE;
  }

  private settle(workspaceId: string, messageId: string): Promise<void> {
    return transact(this.db, async (tx) => {
      await lockSite(tx, workspaceId, messageId); // as the sender does: no mail begins while we look
      const mail = await firstRow<{ state: 'claimed' | 'transmitting' }>(
        tx,
        `SELECT state FROM messages WHERE workspace_id = $1 AND id = $2 AND state IN ('claimed', 'transmitting') AND claimed_until < $3`,
        [workspaceId, messageId, this.clock.now()],
      );
      if (!mail) return;
      const kind = mail.state === 'claimed' ? 'message_released' : 'delivery_uncertain';
      await this.pipeline.record(tx, systemActor(workspaceId), { kind, messageId });
    });
  }
}

/** What a worker process runs for mail going out. */
@Injectable()
export class SendingLoops implements OnModuleInit {
  constructor(
    private readonly loops: WorkLoops,
    private readonly lanes: SendLanes,
    private readonly leases: LeaseKeeper,
    private readonly looks: SentLooks,
    private readonly copies: SentCopies,
  ) {}

  onModuleInit(): void {
    this.loops.add('send', (stopping) => this.lanes.work(stopping));
    this.loops.add('leases', (stopping) => this.leases.work(stopping));
    this.loops.add('reconcile', () => this.looks.work());
    this.loops.add('copies', () => this.copies.work());
  }
}
