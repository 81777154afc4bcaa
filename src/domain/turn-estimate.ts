import { MailSimulation, type SimulatedLimits } from './mail-simulation.js';
import type { SimulatedMail } from './simulated-queue.js';
import type { Gate } from './send-decision.js';

/** A mail in the queue of its mailbox. */
export interface QueuedMail extends SimulatedMail {
  readonly id: string;
}

/** When a mail leaves, if nothing is added and nothing fails. */
export interface Turn {
  /** Mails that leave its mailbox between the time at which it may and the time at which it does. */
  readonly ahead: number;
  readonly at: Date;
}

/**
 * The turns of all mails of one mailbox, by their ids: fair shares, limits, gaps and windows together (F28 to F30). A mail that
 * has no entry will not leave as far as anybody can see. Gives way after each mail.
 */
export function* turnsIn(mailboxId: string, mails: readonly QueuedMail[], limits: SimulatedLimits): Generator<undefined, Map<string, Turn>> {
  const simulation = new MailSimulation<QueuedMail>(limits);
  const readyAt = new Map(mails.map((mail) => [mail.id, Math.max(mail.readyAt, limits.now.getTime())]));
  for (const mail of mails) simulation.add(mail, mailboxId);
  const turns = new Map<string, Turn>();
  const departures: number[] = [];
  for (let left = simulation.next(); left; left = simulation.next()) {
    const { mail, at } = left;
    turns.set(mail.id, { ahead: departures.length - countBefore(departures, readyAt.get(mail.id) ?? at), at: new Date(at) });
    departures.push(at);
    yield undefined;
  }
  return turns;
}

/** The gate of a mail that nothing closes, but that is not the first in its mailbox. @param turn  absent: it stands in no queue */
export function turnGate(turn: Turn | undefined): Gate {
  if (!turn || turn.ahead === 0) return { code: 'turn', open: true, opensAt: null, detail: null };
  const others = turn.ahead === 1 ? 'One mail leaves' : `${String(turn.ahead)} mails leave`;
  return { code: 'turn', open: false, opensAt: turn.at, detail: `${others} its mailbox before it, by fair shares and limits.` };
}

/** How many of ascending numbers are smaller. */
function countBefore(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
