import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { afterGap, allowance, reachedLimits } from '../../domain/mailbox-pace.js';
import { Clock, MINUTE_MS, SECOND_MS } from '../../platform/clock.js';
import { transact } from '../../platform/database/transact.js';
import { newId } from '../../platform/ids.js';
import { MessageClaims } from '../pipeline/message-claims.service.js';
import { DomainVolume } from './limits/domain-volume.service.js';
import { FinalCheck, HELD_MS } from './final-check.service.js';
import { MailsLeftOut } from './mails-left-out.service.js';
import { type DueMailbox, endTurn, loadPace, type PaceNow, pickMailbox, restMailbox, stepAside } from './sending.queries.js';

/** Mails of one mailbox that passed every check and are claimed by `token`. */
export interface Batch {
  readonly mailbox: DueMailbox;
  readonly token: string;
  readonly messageIds: readonly string[];
}

/** Mails that must not go make room for others in the same turn; more than this waits for the next. */
const ROUNDS = 10;

/** One mailbox takes up what it may send now: one transaction, in which all gates are asked. */
@Injectable()
export class MailboxTurn {
  constructor(
    private readonly db: DataSource,
    private readonly claims: MessageClaims,
    private readonly check: FinalCheck,
    private readonly clock: Clock,
    private readonly leftOut: MailsLeftOut,
    private readonly volume: DomainVolume,
  ) {}

  /** @returns undefined when no mailbox has anything due; a batch may be empty while another mailbox is due */
  async take(): Promise<Batch | undefined> {
    const picked: DueMailbox[] = [];
    try {
      return await this.turn(picked);
    } catch (error) {
      // whatever is wrong with this one must not keep all others waiting behind it
      for (const mailbox of picked.slice(-1)) await restMailbox(this.db.manager, mailbox, new Date(this.clock.now().getTime() + MINUTE_MS));
      throw error;
    }
  }

  private turn(picked: DueMailbox[]): Promise<Batch | undefined> {
    return transact(this.db, async (tx) => {
      const now = this.clock.now();
      const mailbox = await pickMailbox(tx, now);
      if (!mailbox) return undefined;
      picked.push(mailbox);
      const pace = await loadPace(tx, mailbox, now);
      const token = newId();
      const messageIds = await this.claim(tx, mailbox, token, Math.min(allowance(pace), await this.volume.roomOf(tx, mailbox, now)));
      await endTurn(tx, mailbox, restUntil(pace, messageIds.length, now));
      return { mailbox, token, messageIds };
    });
  }

  private async claim(tx: EntityManager, mailbox: DueMailbox, token: string, wanted: number): Promise<string[]> {
    const { workspaceId, id: mailboxId } = mailbox;
    const mine: string[] = [];
    for (let round = 0; round < ROUNDS && mine.length < wanted; round += 1) {
      await this.leftOut.leaveOut(tx, mailbox, wanted - mine.length);
      const claimed = await this.claims.claim(tx, { workspaceId, mailboxId, token, limit: wanted - mine.length });
      if (claimed.length === 0) break;
      const { passed, waiting } = await this.check.pass(tx, workspaceId, claimed);
      mine.push(...passed);
      if (waiting) await stepAside(tx, mailbox, this.clock.now(), new Date(this.clock.now().getTime() + HELD_MS));
    }
    return mine;
  }
}

/**
 * The gap after a mail; where a limit is reached the time it opens, looked at again every five minutes in case someone
 * raises it. When all that was due had to wait, or others hold it, a second.
 */
function restUntil(pace: PaceNow, taken: number, now: Date): Date {
  if (taken > 0) return afterGap(pace.gapSeconds, now, Math.random());
  const opens = reachedLimits(pace, now).map(({ opensAt }) => opensAt.getTime());
  return new Date(Math.min(Math.max(now.getTime() + SECOND_MS, ...opens), now.getTime() + HELD_MS));
}
