import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../../domain/errors.js';
import { PERSONS_MAILS } from '../../../domain/fair-share.js';
import { limitGates } from '../../../domain/limit-gates.js';
import { midnightBefore } from '../../../domain/mailbox-pace.js';
import { UNSENT_MESSAGE_STATES } from '../../../domain/machines/message.js';
import { earliestOpening, type Gate, gatesOf, windowsOf } from '../../../domain/send-decision.js';
import { nextOpening } from '../../../domain/send-window.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock, DAY_MS } from '../../../platform/clock.js';
import { DomainVolume } from '../limits/domain-volume.service.js';
import { type MailFacts, MailFactsReader } from '../claim/final-check.service.js';
import { loadPace, type PaceNow } from '../limits/pace.queries.js';
import { sentToday } from '../limits/queues.queries.js';
import type { Explanation } from '../messages/messages.dto.js';
import { findMessage } from '../messages/messages.queries.js';

/** Says why a mail waits (F29). */
@Injectable()
export class Explanations {
  constructor(
    private readonly db: DataSource,
    private readonly facts: MailFactsReader,
    private readonly clock: Clock,
    private readonly volume: DomainVolume,
  ) {}

  /** Asks the same gates as the sender does, all of them. @throws NotFound */
  async explain({ workspaceId }: Actor, messageId: string): Promise<Explanation> {
    const message = await findMessage(this.db, workspaceId, messageId);
    if (!message) throw new NotFound('message');
    const { state } = message;
    const unsent = (UNSENT_MESSAGE_STATES as readonly string[]).includes(state);
    const [mail] = unsent ? await this.facts.read(this.db, workspaceId, [messageId]) : [];
    if (!mail) return { messageId, state, gates: [], earliestAt: null };
    const [explained] = await this.explainAll(workspaceId, [mail]);
    const gates = (explained?.gates ?? []).map((gate) => withLastTry(gate, message.lastResponse));
    return { messageId, state, gates, earliestAt: explained?.earliestAt ?? null };
  }

  /** The gates of each mail, in the order given; mailboxes and campaigns are looked up once. */
  async explainAll(workspaceId: string, mails: readonly MailFacts[]): Promise<{ gates: Gate[]; earliestAt: Date | null }[]> {
    const now = this.clock.now();
    const paces = new Map<string, PaceNow>();
    for (const id of new Set(mails.map(({ mailboxId }) => mailboxId))) paces.set(id, await loadPace(this.db, { workspaceId, id }, now));
    const rooms = new Map<string, number>();
    for (const id of paces.keys()) rooms.set(id, await this.volume.roomOf(this.db, { workspaceId, id }, now));
    const sent = await this.sentToday(workspaceId, mails, [...paces.values()][0]?.zone);
    return mails.flatMap((mail) => {
      const pace = paces.get(mail.mailboxId);
      if (!pace) return [];
      const { campaignId, campaignPerDay: perDay, lane } = mail;
      const bound = campaignId !== null && perDay !== null && lane !== PERSONS_MAILS;
      const campaign = bound ? { perDay, today: sent.get(campaignId) ?? 0 } : null;
      const gates = [...gatesOf(mail), ...limitGates({ now, pace, campaign }), readinessGate(rooms.get(mail.mailboxId) ?? 0, now)];
      const ofMailbox = (at: Date): Date => nextOpening(pace.window ?? null, pace.zone, at);
      return [{ gates, earliestAt: earliestOpening(gates, now, [...windowsOf(mail), ofMailbox]) }];
    });
  }

  private sentToday(workspaceId: string, mails: readonly MailFacts[], zone: string | undefined): Promise<Map<string, number>> {
    const limited = mails.flatMap(({ campaignId, campaignPerDay }) => (campaignId !== null && campaignPerDay !== null ? [campaignId] : []));
    if (limited.length === 0) return Promise.resolve(new Map<string, number>());
    return sentToday(this.db, workspaceId, [...new Set(limited)], midnightBefore(this.clock.now(), zone));
  }
}

/** A mail that waits because a try failed says what the server said, or that none was there. */
function withLastTry(gate: Gate, lastResponse: string | null): Gate {
  const waits = !gate.open && (gate.code === 'schedule' || gate.code === 'mailbox_gap');
  return waits && lastResponse !== null ? { ...gate, detail: `${gate.detail ?? ''} The last try: ${lastResponse}`.trim() } : gate;
}

/** Opens at midnight, or when SPF, DKIM and DMARC are there and somebody has looked again. */
function readinessGate(room: number, now: Date): Gate {
  const closed = room === 0;
  return {
    code: 'domain_readiness',
    open: !closed,
    opensAt: closed ? new Date(midnightBefore(now).getTime() + DAY_MS) : null,
    detail: closed ? 'More than 5,000 mails a day need SPF, DKIM and DMARC: look at the readiness of the mailbox.' : null,
  };
}
