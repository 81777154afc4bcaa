import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { shareOut } from '../../../domain/fair-share.js';
import { afterGap, allowance, midnightBefore, reachedLimits } from '../../../domain/mailbox-pace.js';
import { Clock, MINUTE_MS, SECOND_MS } from '../../../platform/clock.js';
import { transact } from '../../../platform/database/transact.js';
import { newId } from '../../../platform/ids.js';
import { MessageClaims } from '../../pipeline/message-claims.service.js';
import { DomainVolume } from '../limits/domain-volume.service.js';
import { FinalCheck, HELD_MS } from './final-check.service.js';
import { countRampDay, loadPace, type PaceNow } from '../limits/pace.queries.js';
import { loadQueues } from '../limits/queues.queries.js';
import { MailsLeftOut } from '../messages/mails-left-out.service.js';
import { type DueMailbox, endTurn, pickMailbox, restMailbox, stepAside } from './sending.queries.js';

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
      const pace = await loadPace(tx, mailbox, now, true);
      const token = newId();
      const wanted = Math.min(allowance(pace, now), await this.volume.claimRoom(tx, mailbox, now));
      const { messageIds, full } = await this.claim(tx, mailbox, { token, wanted, midnight: midnightBefore(now, pace.zone) });
      if (messageIds.length > 0 && pace.ramp) await countRampDay(tx, mailbox, now, pace.zone);
      await endTurn(tx, mailbox, restUntil(pace, { taken: messageIds.length, full }, now));
      return { mailbox, token, messageIds };
    });
  }

  /** `full`: whatever is due belongs to campaigns that have sent all they may today. */
  private async claim(tx: EntityManager, mailbox: DueMailbox, { token, wanted, midnight }: Wanted): Promise<{ messageIds: string[]; full: boolean }> {
    const { workspaceId, id: mailboxId } = mailbox;
    const now = this.clock.now();
    const mine: string[] = [];
    for (let round = 0; round < ROUNDS && mine.length < wanted; round += 1) {
      const due = await loadQueues(tx, mailbox, { now, midnight });
      const limit = wanted - mine.length;
      const queues = shareOut(due, limit);
      if (queues.length === 0) return { messageIds: mine, full: due.length > 0 };
      if (await this.leftOut.leaveOut(tx, mailbox, queues)) continue; // the queues have changed
      const claimed = await this.claims.claim(tx, { workspaceId, mailboxId, token, limit, queues });
      if (claimed.length === 0) break;
      const { passed, waiting } = await this.check.pass(tx, workspaceId, claimed);
      mine.push(...passed);
      if (waiting) await stepAside(tx, mailbox, now, new Date(now.getTime() + HELD_MS));
    }
    return { messageIds: mine, full: false };
  }
}

interface Wanted {
  readonly token: string;
  readonly wanted: number;
  /** When the day of the limits began. */
  readonly midnight: Date;
}

/**
 * The gap after a mail; where a limit is reached the time it opens, looked at again every five minutes in case someone
 * raises it. When all that was due had to wait, or others hold it, a second.
 */
function restUntil(pace: PaceNow, { taken, full }: { readonly taken: number; readonly full: boolean }, now: Date): Date {
  if (taken > 0) return afterGap(pace.gapSeconds, now, Math.random());
  if (full) return new Date(now.getTime() + HELD_MS);
  const opens = reachedLimits(pace, now).map(({ opensAt }) => opensAt.getTime());
  return new Date(Math.min(Math.max(now.getTime() + SECOND_MS, ...opens), now.getTime() + HELD_MS));
}
