import { type Lane, PERSONS_MAILS, type Queue, shareOut } from './fair-share.js';
import { SimulatedMailbox, type SimulatedPace } from './simulated-mailbox.js';
import { type SimulatedMail, SimulatedQueue } from './simulated-queue.js';
import { DayCount, ZoneDays } from './zone-days.js';

export interface SimulatedLimits {
  readonly now: Date;
  /** Whose days count. */
  readonly zone: string;
  readonly mailboxes: readonly SimulatedPace[];
  /** Those that have a weight or a limit; others weigh 1. */
  readonly campaigns?: readonly { readonly id: string; readonly weight: number; readonly perDay: number | null; readonly today: number }[];
  /** What a recipient's domain may get on a day and has got; null is no limit. */
  readonly recipientDomain?: (domain: string) => { readonly perDay: number; readonly today: number } | null;
  /** What queues have had of a mailbox today. */
  readonly taken?: readonly { readonly mailboxId: string; readonly lane: Lane; readonly campaignId: string | null; readonly mails: number }[];
}

export interface Departure<Mail> {
  readonly mail: Mail;
  readonly mailboxId: string;
  readonly at: number;
}

interface MailboxQueues<Mail extends SimulatedMail> {
  readonly mailbox: SimulatedMailbox;
  readonly queues: Map<string, SimulatedQueue<Mail>>;
  /** Mails by queue, on the day they are counted for. */
  taken: Map<string, number>;
  day: number;
  /** It sends nothing before then. */
  nextAt: number;
}

/**
 * Lets mails leave in thought: by the limits of mailboxes, domains and campaigns, fair shares and windows, as the sender does.
 * One clock for all mailboxes, since some limits are shared.
 */
export class MailSimulation<Mail extends SimulatedMail> {
  private readonly days: ZoneDays;
  private readonly boxes: MailboxQueues<Mail>[];
  /** Mails that leave from whichever mailbox is free. */
  private readonly anywhere = new Map<string, SimulatedQueue<Mail>>();
  private readonly campaigns = new Map<string, { readonly weight: number; readonly sent: DayCount | null }>();
  private readonly recipients = new Map<string, DayCount | null>();

  constructor(private readonly limits: SimulatedLimits) {
    const { now, zone } = limits;
    this.days = new ZoneDays(zone, now);
    const domains = new Map<string, DayCount>();
    this.boxes = limits.mailboxes.map((pace) => {
      const domain = pace.senderDomain
        ? (domains.get(pace.domain ?? pace.id) ?? new DayCount(pace.senderDomain.perDay, pace.senderDomain.today))
        : null;
      if (domain) domains.set(pace.domain ?? pace.id, domain);
      const mailbox = new SimulatedMailbox(pace, { now, days: this.days, domain });
      const taken = (limits.taken ?? []).filter(({ mailboxId }) => mailboxId === pace.id);
      return { mailbox, queues: new Map(), taken: new Map(taken.map((one) => [nameOf(one), one.mails])), day: 0, nextAt: mailbox.freeAt };
    });
    for (const { id, weight, perDay, today } of limits.campaigns ?? [])
      this.campaigns.set(id, { weight, sent: perDay === null ? null : new DayCount(perDay, today) });
  }

  /** @param mailboxId  null: whichever is free first */
  add(mail: Mail, mailboxId: string | null): void {
    const box = this.boxes.find(({ mailbox }) => mailbox.id === mailboxId);
    if (mailboxId !== null && !box) return; // it cannot send
    const queues = box?.queues ?? this.anywhere;
    const name = nameOf(mail);
    let queue = queues.get(name);
    if (!queue) queues.set(name, (queue = new SimulatedQueue(mail.lane, mail.campaignId)));
    queue.add(mail);
    for (const one of box ? [box] : this.boxes) one.nextAt = Math.min(one.nextAt, Math.max(one.mailbox.freeAt, mail.readyAt));
  }

  /** The next mail to leave; undefined when no more can. */
  next(): Departure<Mail> | undefined {
    for (;;) {
      const box = this.boxes.reduce<MailboxQueues<Mail> | undefined>((best, one) => (best && best.nextAt <= one.nextAt ? best : one), undefined);
      if (!box || box.nextAt === Infinity) return undefined;
      const at = box.mailbox.opensAt(Math.max(box.mailbox.freeAt, box.nextAt));
      const due = Math.max(at, at === Infinity ? at : this.mayLeaveAt(box, at));
      if (due > box.nextAt) box.nextAt = due;
      else {
        const mail = this.takeFrom(box, at);
        if (mail) return { mail, mailboxId: box.mailbox.id, at };
      }
    }
  }

  private queuesOf(box: MailboxQueues<Mail>): SimulatedQueue<Mail>[] {
    return [...box.queues.values(), ...this.anywhere.values()];
  }

  private mayLeaveAt(box: MailboxQueues<Mail>, at: number): number {
    let earliest = Infinity;
    for (const queue of this.queuesOf(box)) {
      const mayLeave = queue.mayLeaveAt(at);
      if (mayLeave < earliest) earliest = Math.min(earliest, this.afterLimit(queue, mayLeave));
    }
    return earliest;
  }

  /** A campaign that has sent what it may waits for the next day. */
  private afterLimit({ lane, campaignId }: SimulatedQueue<Mail>, at: number): number {
    const sent = lane === PERSONS_MAILS || campaignId === null ? null : this.campaigns.get(campaignId)?.sent;
    if (!sent || at === Infinity) return at;
    const day = this.days.of(at);
    return sent.isFull(day) ? this.days.startOf(day + 1) : at;
  }

  /** By fair share; undefined when nothing may leave at that time after all. */
  private takeFrom(box: MailboxQueues<Mail>, at: number): Mail | undefined {
    const day = this.days.of(at);
    if (day !== box.day) Object.assign(box, { day, taken: new Map() });
    const ready = this.queuesOf(box).flatMap((queue) => {
      const first = queue.mayLeaveAt(at) <= at ? queue.first(at) : undefined;
      return first ? [{ queue, asked: this.asQueue(box, queue, { oldestAt: new Date(first.readyAt), day }) }] : [];
    });
    const [share] = shareOut(
      ready.map(({ asked }) => asked),
      1,
    );
    const chosen = ready.find(({ queue }) => share && queue.lane === share.lane && queue.campaignId === share.campaignId);
    const mail = chosen?.queue.take(at);
    if (!chosen || !mail) return undefined;
    const recipient = this.recipientOf(mail);
    if (recipient?.isFull(day)) {
      chosen.queue.add({ ...mail, readyAt: this.days.startOf(day + 1) });
      return undefined;
    }
    recipient?.add(day);
    this.leave(box, mail, { at, day });
    return mail;
  }

  private leave(box: MailboxQueues<Mail>, mail: Mail, { at, day }: { readonly at: number; readonly day: number }): void {
    const name = nameOf(mail);
    box.taken.set(name, (box.taken.get(name) ?? 0) + 1);
    if (mail.campaignId !== null && mail.lane !== PERSONS_MAILS) this.campaigns.get(mail.campaignId)?.sent?.add(day);
    box.mailbox.take(at);
    box.nextAt = box.mailbox.freeAt;
  }

  private asQueue(
    box: MailboxQueues<Mail>,
    { lane, campaignId }: SimulatedQueue<Mail>,
    { oldestAt, day }: { readonly oldestAt: Date; readonly day: number },
  ): Queue {
    const campaign = campaignId === null ? undefined : this.campaigns.get(campaignId);
    const room = campaign?.sent ? Math.max(0, campaign.sent.perDay - campaign.sent.on(day)) : null;
    return { lane, campaignId, weight: campaign?.weight ?? 1, oldestAt, taken: box.taken.get(nameOf({ lane, campaignId })) ?? 0, room };
  }

  private recipientOf({ domain }: Mail): DayCount | null {
    if (!domain) return null;
    let count = this.recipients.get(domain);
    if (count === undefined) {
      const limit = this.limits.recipientDomain?.(domain) ?? null;
      this.recipients.set(domain, (count = limit ? new DayCount(limit.perDay, limit.today) : null));
    }
    return count;
  }
}

function nameOf({ lane, campaignId }: { readonly lane: Lane; readonly campaignId: string | null }): string {
  return `${String(lane)} ${String(campaignId)}`;
}
