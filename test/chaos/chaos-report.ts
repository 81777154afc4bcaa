import { type Behaviour, BEHAVIOURS } from './chaos-people.js';
import type { TakenMail } from './mail-servers.js';

/** One mail of one recipient as the product shows it. */
export interface ShownMail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly state: string;
  readonly messageId: string | null;
}

/** One recipient's way through the sequence as the product shows it. */
export interface ShownEnrollment {
  readonly to: string;
  readonly state: string;
  readonly reason: string | null;
}

export interface ChaosReport {
  readonly seed: number;
  readonly rounds: readonly string[];
  /** Promises that were broken, in words; none is a pass. */
  readonly broken: readonly string[];
  /** Mails of unknown fate, though their server did answer or would have. */
  readonly unknown: number;
  /** Mails of unknown fate whose server ended without an answer. */
  readonly unknownByServers: number;
  /** Mails on the wire when a process was killed or the database went down. */
  readonly inFlight: number;
  readonly mails: number;
  readonly taken: number;
  readonly table: readonly ChaosRow[];
  readonly seconds: number;
}

interface ChaosRow {
  readonly behaviour: string;
  readonly mails: number;
  readonly states: Readonly<Record<string, number>>;
  readonly taken: number;
  /** Kept by a server more than once. */
  readonly twice: number;
}

export interface Evidence {
  readonly mails: readonly ShownMail[];
  readonly enrollments: readonly ShownEnrollment[];
  readonly taken: readonly TakenMail[];
  /** Ids of mails that were on the wire at a fault. */
  readonly inFlight: ReadonlySet<string>;
  readonly enrolled: number;
}

const ENDS = ['sent', 'failed', 'cancelled', 'skipped', 'delivery_unknown'];
/** Nothing more is sent by itself; `blocked` waits for a person. */
const ENROLLMENT_ENDS = ['finished', 'bounced', 'stopped', 'failed', 'blocked'];

/** Whether the promises of sending were kept (promise 1, features F26). */
export function judge({ mails, enrollments, taken, inFlight, enrolled }: Evidence): Omit<ChaosReport, 'seed' | 'rounds' | 'seconds'> {
  const unknown = mails.filter(({ state }) => state === 'delivery_unknown');
  const theirs = unknown.filter(({ to }) => behaviourOf(to)?.silent === true);
  const ours = unknown.filter((mail) => !theirs.includes(mail));
  const broken = [
    ...more(countOf(taken.map(({ to, subject }) => `${to} "${subject}"`))).map((mail) => `kept twice: ${mail}`),
    ...more(countOf(taken.map(({ messageId }) => messageId))).map((id) => `kept twice under one Message-ID: ${id}`),
    ...more(countOf(mails.map(({ to, subject }) => `${to} "${subject}"`))).map((mail) => `written twice: ${mail}`),
    ...mails.filter(({ state }) => !ENDS.includes(state)).map(({ to, subject, state }) => `no end: ${to} "${subject}" is ${state}`),
    ...enrollments.filter(({ state }) => !ENROLLMENT_ENDS.includes(state)).map(({ to, state }) => `no end: the sequence of ${to} is ${state}`),
    ...ours.filter(({ id }) => !inFlight.has(id)).map(({ to, subject }) => `of unknown fate without a reason: ${to} "${subject}"`),
    ...lost(mails, taken),
    ...unasked(mails, taken),
    ...(enrollments.length === enrolled ? [] : [`${String(enrolled)} people were enrolled, ${String(enrollments.length)} are`]),
    ...enrollments.filter(({ to }) => !mails.some((mail) => mail.to === to)).map(({ to }) => `never written to: ${to}`),
    ...(ours.length <= inFlight.size ? [] : [`${String(ours.length)} of unknown fate, but ${String(inFlight.size)} were in flight`]),
  ];
  const numbers = { unknown: ours.length, unknownByServers: theirs.length, inFlight: inFlight.size, mails: mails.length, taken: taken.length };
  return { broken, ...numbers, table: BEHAVIOURS.map((one) => rowOf(one, mails, taken)).filter((row) => row.mails > 0) };
}

/** Shown as sent, but no server has it. */
function lost(mails: readonly ShownMail[], taken: readonly TakenMail[]): string[] {
  const kept = new Set(taken.map(({ messageId }) => messageId));
  const gone = mails.filter(({ state, messageId }) => state === 'sent' && !kept.has(messageId ?? ''));
  return gone.map(({ to, subject }) => `shown as sent, but no server has it: ${to} "${subject}"`);
}

/** A server has it, but it is shown as not sent. */
function unasked(mails: readonly ShownMail[], taken: readonly TakenMail[]): string[] {
  const shown = new Map(mails.map(({ messageId, state }) => [messageId, state]));
  return taken
    .filter(({ messageId }) => !['sent', 'delivery_unknown'].includes(shown.get(messageId) ?? 'not at all'))
    .map(({ to, subject, messageId }) => `a server has it, but it is shown as ${shown.get(messageId) ?? 'nothing'}: ${to} "${subject}"`);
}

function rowOf({ name }: Behaviour, mails: readonly ShownMail[], taken: readonly TakenMail[]): ChaosRow {
  const ours = mails.filter(({ to }) => behaviourOf(to)?.name === name);
  const kept = taken.filter(({ to }) => behaviourOf(to)?.name === name);
  const twice = more(countOf(kept.map(({ to, subject }) => `${to} ${subject}`))).length;
  return { behaviour: name, mails: ours.length, states: Object.fromEntries(countOf(ours.map(({ state }) => state))), taken: kept.length, twice };
}

function behaviourOf(to: string): Behaviour | undefined {
  return BEHAVIOURS.find(({ name }) => name === to.split('.')[0]);
}

function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function more(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].filter(([, count]) => count > 1).map(([name]) => name);
}

/** For a terminal. */
export function drawReport(report: ChaosReport): string {
  const lines = report.table.map(({ behaviour, mails, states, taken, twice }) => {
    const ends = Object.entries(states)
      .map(([state, count]) => `${state} ${String(count)}`)
      .join(', ');
    return `  ${behaviour.padEnd(13)}${String(mails).padStart(5)}${String(taken).padStart(7)}${String(twice).padStart(7)}  ${ends}`;
  });
  return [
    `  ${'behaviour'.padEnd(13)}${'mails'.padStart(5)}${'kept'.padStart(7)}${'twice'.padStart(7)}  shown as`,
    ...lines,
    '',
    `${String(report.mails)} mails, ${String(report.taken)} kept by the servers; in flight at the faults: ${String(report.inFlight)}`,
    `of unknown fate: ${String(report.unknown)} by the faults, ${String(report.unknownByServers)} because their server never answered`,
    `${String(Math.round(report.seconds))} s, seed ${String(report.seed)}`,
    ...(report.broken.length === 0 ? ['Every promise was kept.'] : ['', 'BROKEN PROMISES', ...report.broken.map((one) => `  ${one}`)]),
  ].join('\n');
}
