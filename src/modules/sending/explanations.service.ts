import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import { midnightBefore, reachedLimits } from '../../domain/mailbox-pace.js';
import { UNSENT_MESSAGE_STATES } from '../../domain/machines/message.js';
import { earliestOpening, type Gate, gatesOf } from '../../domain/send-decision.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock, DAY_MS } from '../../platform/clock.js';
import { DomainVolume } from './limits/domain-volume.service.js';
import { MailFactsReader } from './final-check.service.js';
import type { Explanation } from './messages.dto.js';
import { findMessage } from './messages.queries.js';
import { loadPace, type PaceNow } from './sending.queries.js';

const DAY = { code: 'mailbox_day', detail: 'The mailbox has sent what it may send on one day.' } as const;
const HOUR = { code: 'mailbox_hour', detail: 'The mailbox has sent what it may send in one hour.' } as const;

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
    const { state, mailboxId } = message;
    const unsent = (UNSENT_MESSAGE_STATES as readonly string[]).includes(state);
    const [mail] = unsent ? await this.facts.read(this.db, workspaceId, [messageId]) : [];
    if (!mail) return { messageId, state, gates: [], earliestAt: null };
    const now = this.clock.now();
    const pace = await loadPace(this.db, { workspaceId, id: mailboxId }, now);
    const room = await this.volume.roomOf(this.db, { workspaceId, id: mailboxId }, now);
    const gates = [...gatesOf(mail), ...limitGates(pace, now), readinessGate(room, now)].map((gate) => withLastTry(gate, message.lastResponse));
    return { messageId, state, gates, earliestAt: earliestOpening(gates, now) };
  }
}

/** A mail that waits because a try failed says what the server said, or that none was there. */
function withLastTry(gate: Gate, lastResponse: string | null): Gate {
  const waits = !gate.open && (gate.code === 'schedule' || gate.code === 'mailbox_gap');
  return waits && lastResponse !== null ? { ...gate, detail: `${gate.detail ?? ''} The last try: ${lastResponse}`.trim() } : gate;
}

function limitGates(pace: PaceNow, now: Date): Gate[] {
  const reached = reachedLimits(pace, now);
  const limitGate = (limit: 'day' | 'hour', { code, detail }: typeof DAY | typeof HOUR): Gate => {
    const found = reached.find((one) => one.limit === limit);
    return { code, open: !found, opensAt: found?.opensAt ?? null, detail: found ? detail : null };
  };
  const rests = pace.nextAt > now;
  const gap: Gate = {
    code: 'mailbox_gap',
    open: !rests,
    opensAt: rests ? pace.nextAt : null,
    detail: rests ? 'The mailbox pauses between mails, or after a refusal.' : null,
  };
  return [limitGate('day', DAY), limitGate('hour', HOUR), gap];
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
