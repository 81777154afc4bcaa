import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../../domain/errors.js';
import { PERSONS_MAILS } from '../../../domain/fair-share.js';
import { limitGates } from '../../../domain/limit-gates.js';
import { midnightAfter, midnightBefore } from '../../../domain/mailbox-pace.js';
import { UNSENT_MESSAGE_STATES } from '../../../domain/machines/message.js';
import { earliestOpening, type Gate, gatesOf, windowsOf } from '../../../domain/send-decision.js';
import { nextOpening } from '../../../domain/send-window.js';
import { type Turn, turnGate } from '../../../domain/turn-estimate.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { breathing } from '../../../platform/breathing.js';
import { Clock } from '../../../platform/clock.js';
import { DomainVolume } from '../limits/domain-volume.service.js';
import { type MailFacts, MailFactsReader } from '../claim/final-check.service.js';
import { loadPace, type PaceNow } from '../limits/pace.queries.js';
import { sentToday } from '../limits/queues.queries.js';
import type { Explanation } from '../messages/messages.dto.js';
import { findMessage } from '../messages/messages.queries.js';
import { Turns } from './turns.service.js';

/** What holds one mail, and when it leaves at the earliest; null while nobody can say. */
export interface ExplainedMail {
  readonly gates: Gate[];
  readonly earliestAt: Date | null;
}

/** What mailboxes and campaigns let through now, looked up once for many mails. */
interface Outlook {
  readonly now: Date;
  readonly paces: ReadonlyMap<string, PaceNow>;
  /** What the domain of a mailbox may still send today. */
  readonly rooms: ReadonlyMap<string, number>;
  /** By campaign. */
  readonly sent: ReadonlyMap<string, number>;
}

/** Says why a mail waits (F29). */
@Injectable()
export class Explanations {
  constructor(
    private readonly db: DataSource,
    private readonly facts: MailFactsReader,
    private readonly clock: Clock,
    private readonly volume: DomainVolume,
    private readonly turns: Turns,
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

  /** The gates of each mail, in the order given; mailboxes and campaigns are looked up once, and others have the process between. */
  async explainAll(workspaceId: string, mails: readonly MailFacts[]): Promise<ExplainedMail[]> {
    const outlook = await this.outlookOn(workspaceId, mails);
    const asked = await breathing(askAll(mails, outlook));
    const turns = new Map<string, Turn>();
    for (const [id, pace] of outlook.paces) {
      const opening = new Map(asked.filter(({ mail }) => mail.mailboxId === id).map(({ mail, ownAt }) => [mail.id, ownAt]));
      const found = await this.turns.of({ workspaceId, id, pace, now: outlook.now }, opening);
      for (const [messageId, turn] of found) turns.set(messageId, turn);
    }
    return breathing(joinAll(asked, turns, outlook));
  }

  private async outlookOn(workspaceId: string, mails: readonly MailFacts[]): Promise<Outlook> {
    const now = this.clock.now();
    const paces = new Map<string, PaceNow>();
    for (const id of new Set(mails.map(({ mailboxId }) => mailboxId))) paces.set(id, await loadPace(this.db, { workspaceId, id }, now));
    const rooms = new Map<string, number>();
    for (const id of paces.keys()) rooms.set(id, await this.volume.roomOf(this.db, { workspaceId, id }, now));
    const limited = mails.flatMap(({ campaignId, campaignPerDay }) => (campaignId !== null && campaignPerDay !== null ? [campaignId] : []));
    const midnight = midnightBefore(now, [...paces.values()][0]?.zone);
    const sent = limited.length === 0 ? new Map<string, number>() : await sentToday(this.db, workspaceId, [...new Set(limited)], midnight);
    return { now, paces, rooms, sent };
  }
}

interface AskedMail {
  readonly mail: MailFacts;
  readonly gates: Gate[];
  /** When all gates but limits are open. */
  readonly ownAt: Date | null;
}

function* askAll(mails: readonly MailFacts[], { now, paces, rooms, sent }: Outlook): Generator<undefined, AskedMail[]> {
  const asked: AskedMail[] = [];
  for (const mail of mails) {
    const pace = paces.get(mail.mailboxId);
    if (!pace) continue;
    const { campaignId, campaignPerDay: perDay, lane } = mail;
    const bound = campaignId !== null && perDay !== null && lane !== PERSONS_MAILS;
    const campaign = bound ? { perDay, today: sent.get(campaignId) ?? 0 } : null;
    const own = gatesOf(mail);
    const gates = [...own, ...limitGates({ now, pace, campaign }), readinessGate(rooms.get(mail.mailboxId) ?? 0, now, pace.zone)];
    asked.push({ mail, gates, ownAt: earliestOpening(own, now, windowsOf(mail)) });
    yield undefined;
  }
  return asked;
}

/** All gates together: a turn comes after limits and windows, and takes them in. */
function* joinAll(asked: readonly AskedMail[], turns: ReadonlyMap<string, Turn>, { now, paces }: Outlook): Generator<undefined, ExplainedMail[]> {
  const explained: ExplainedMail[] = [];
  for (const { mail, gates: before } of asked) {
    const pace = paces.get(mail.mailboxId);
    const turn = turns.get(mail.id);
    const gates = [...before, turnGate(turn)];
    const ofMailbox = (at: Date): Date => nextOpening(pace?.window ?? null, pace?.zone ?? 'UTC', at);
    const times = [...gates, { open: !turn, opensAt: turn?.at ?? null }];
    explained.push({ gates, earliestAt: earliestOpening(times, now, [...windowsOf(mail), ofMailbox]) });
    yield undefined;
  }
  return explained;
}

/** A mail that waits because a try failed says what the server said, or that none was there. */
function withLastTry(gate: Gate, lastResponse: string | null): Gate {
  const waits = !gate.open && (gate.code === 'schedule' || gate.code === 'mailbox_gap');
  return waits && lastResponse !== null ? { ...gate, detail: `${gate.detail ?? ''} The last try: ${lastResponse}`.trim() } : gate;
}

/** Opens at midnight, or when SPF, DKIM and DMARC are there and somebody has looked again. */
function readinessGate(room: number, now: Date, zone: string): Gate {
  const closed = room === 0;
  return {
    code: 'domain_readiness',
    open: !closed,
    opensAt: closed ? midnightAfter(now, zone) : null,
    detail: closed ? 'More than 5,000 mails a day need SPF, DKIM and DMARC: look at the readiness of the mailbox.' : null,
  };
}
