import type { Calendar } from './calendar.js';
import type { EnrollmentState } from './machines/enrollment.js';
import { isMisleadingSubject } from './misleading-subject.js';
import { lawObjection, type LawFacts } from './outreach-law.js';
import { OPPORTUNITY, type OpportunityStage } from './machines/opportunity.js';
import type { MessageState } from './machines/message.js';
import { isHoliday, nextOpening, type SendWindow } from './send-window.js';
import { stepDueAt } from './sequence-steps.js';

/** What the sender knows of one mail right before it leaves (features F27, F29). */
export interface SendFacts {
  readonly now: Date;
  /** The database may be older than what was sent: nothing leaves until `after-restore` has looked. */
  readonly restoreHold?: boolean;
  /** Waits for a person to release it. */
  readonly needsApproval: boolean;
  readonly nextAt: Date | null;
  readonly contactErased: boolean;
  readonly contactUndeliverable: boolean;
  /** What of the recipient is suppressed, in the workspace or the mail's project. */
  readonly suppressed: 'address' | 'domain' | null;
  readonly stage: OpportunityStage | null;
  readonly contactBlocked: boolean;
  /** The next five are null for a mail that a person wrote outside the sequence: no plan holds it back. */
  readonly enrollmentState: EnrollmentState | null;
  readonly campaignState: 'draft' | 'running' | 'paused' | 'finished' | null;
  /** Another open card has written to the site since this one did, and nobody lifted the guard for sending (F5). */
  readonly siteInContact: boolean | null;
  /** The conditions of its step do not hold any more: it is left out before the next claim. */
  readonly conditionFalse: boolean;
  /** What the law asks about the recipient (F86). */
  readonly law: LawFacts | null;
  /** Of a first mail, in which nothing is answered: a person may have changed it since it was written. */
  readonly firstSubject?: string | null;
  readonly window: SendWindow | null;
  /** Time zone of the recipient. */
  readonly zone: string;
  /** Public holidays of the recipient's country, as YYYY-MM-DD. */
  readonly holidays?: ReadonlySet<string>;
  /** What is allowed to the recipient's domain on a day, what has gone there, and when the next day begins; null without such a limit. */
  readonly recipientDomain?: RecipientLimit | null;
  /** When the sequence wanted it to leave, and before when that is too late; null where nobody has said so. */
  readonly dueAt?: Date | null;
  readonly lateBefore?: Date | null;
  readonly mailboxState: 'connected' | 'needs_reconnect' | 'disabled';
  /** Why a server blocks the sender, as in `5.7.1`, until a person has looked. */
  readonly mailboxAlarm: string | null;
  /** Of a follow-up that a person set: what has become of the mail that it follows. */
  readonly followedState?: MessageState | null;
  readonly followedSentAt?: Date | null;
  /** Business days of silence that it waits for. */
  readonly followUpDays?: number | null;
  /** Somebody has written since it was set. */
  readonly answered?: boolean | null;
  /** A look at the page that we ask about goes before: it may bear the link already (F79). */
  readonly pageWanted?: boolean | null;
  readonly pageAskedAt?: Date | null;
  readonly pageLookedAt?: Date | null;
}

/** A look at a page says something about a mail for so long. */
const PAGE_LOOK_HOLDS_MS = 24 * 60 * 60 * 1000;
/** A page that nobody has looked at by then keeps no mail back any longer. */
export const PAGE_PATIENCE_MS = 10 * 60 * 1000;

export interface RecipientLimit {
  readonly domain: string;
  readonly perDay: number;
  /** Other mails to the domain, sent today or on their way. */
  readonly today: number;
  readonly opensAt: Date;
}

export const GATE_CODES = [
  'restore_hold',
  'approval',
  'contact',
  'suppression',
  'stage',
  'enrollment',
  'campaign',
  'site_in_contact',
  'condition',
  'law',
  'subject',
  'too_late',
  'mailbox',
  'mailbox_alarm',
  'mailbox_day',
  'mailbox_hour',
  'mailbox_gap',
  'domain_readiness',
  'mailbox_ramp',
  'mailbox_window',
  'sender_domain',
  'recipient_domain',
  'campaign_day',
  'turn',
  'window',
  'schedule',
  'follow_up',
  'page_check',
] as const;
export type GateCode = (typeof GATE_CODES)[number];

export interface Gate {
  readonly code: GateCode;
  readonly open: boolean;
  /** Null when open, and when nobody can say. */
  readonly opensAt: Date | null;
  /** For people; null when open. */
  readonly detail: string | null;
}

export type SendDecision =
  | { readonly do: 'send' }
  /** For good: the mail is cancelled, with this code. */
  | { readonly do: 'cancel'; readonly code: string }
  /** The gate opens again some day, at `until` where that is known. */
  | { readonly do: 'hold'; readonly why: GateCode; readonly until: Date | null };

interface Objection {
  readonly detail: string;
  readonly opensAt?: Date | null;
  /** It never opens again. */
  readonly cancel?: string;
}

const NEVER_SENT: readonly MessageState[] = ['cancelled', 'skipped', 'failed'];
const WAITING: readonly EnrollmentState[] = ['pending', 'paused', 'postponed', 'blocked'];

function aboutContact({ contactErased, contactUndeliverable }: SendFacts): Objection | undefined {
  if (contactErased) return { detail: 'The contact was erased.', cancel: 'contact_erased' };
  return contactUndeliverable ? { detail: 'Mail to this address came back for good.', cancel: 'undeliverable' } : undefined;
}

function aboutStage({ stage, contactBlocked, enrollmentState }: SendFacts): Objection | undefined {
  if (contactBlocked) return { detail: 'The contact asked for no more mail.', cancel: 'contact_blocked' };
  // a person may still write to a closed card, except where the site said no
  const closed = enrollmentState === null ? stage === 'do_not_contact' : stage !== null && OPPORTUNITY.terminal.includes(stage);
  return closed ? { detail: `The opportunity is closed: ${String(stage)}.`, cancel: `stage_${String(stage)}` } : undefined;
}

function aboutEnrollment({ enrollmentState: state }: SendFacts): Objection | undefined {
  if (state === null || state === 'active') return undefined;
  return WAITING.includes(state) ? { detail: `The enrollment is ${state}.` } : { detail: `The enrollment has ended: ${state}.`, cancel: state };
}

function aboutCampaign({ campaignState: state }: SendFacts): Objection | undefined {
  if (state === null || state === 'running') return undefined;
  return state === 'finished'
    ? { detail: 'The campaign is finished.', cancel: 'campaign_finished' }
    : { detail: state === 'paused' ? 'The campaign is paused.' : 'The campaign is not started.' };
}

/** Of what a person must mend: cancel it, or take it back and write it anew (standards 25). */
function aboutSubject({ firstSubject }: SendFacts): Objection | undefined {
  if (!firstSubject || !isMisleadingSubject(firstSubject)) return undefined;
  return { detail: 'The subject of this first mail says that there was one before (misleading_subject): cancel it, and mend the template.' };
}

/** A mail that became due inside its window may be late by hours, behind the limits of its mailbox (F25). */
function aboutWindow(facts: SendFacts): Objection | undefined {
  const { window, now } = facts;
  const opensAt = nextOpening(window, placeOf(facts), now);
  if (opensAt <= now) return undefined;
  const holiday = isHoliday(window, placeOf(facts), now) ? ' It is a public holiday where the recipient is.' : '';
  return { detail: `Outside of the sending window of the campaign.${holiday}`, opensAt };
}

function placeOf({ zone, holidays = new Set() }: SendFacts): Calendar {
  return { zone, holidays };
}

/** A site or a firm does not get all mails of a day; hosts of free mail are counted apart (F28). */
function aboutRecipientDomain({ recipientDomain: limit }: SendFacts): Objection | undefined {
  if (!limit || limit.today < limit.perDay) return undefined;
  return { detail: `Today ${limit.domain} has had the ${String(limit.perDay)} mails that it may get in one day.`, opensAt: limit.opensAt };
}

/** Whoever let the campaign go on did not want what was due before (F31); a loop skips it soon. */
function aboutLateness({ dueAt, lateBefore }: SendFacts): Objection | undefined {
  return dueAt && lateBefore && dueAt < lateBefore ? { detail: 'It was due too long ago, and is about to be skipped.' } : undefined;
}

/** Counted from the mail that it follows, whenever that one left; an answer ends it for good (F81). */
function aboutFollowUp({ followedState, followedSentAt, followUpDays, answered, zone, now }: SendFacts): Objection | undefined {
  if (followedState === null || followedState === undefined) return undefined;
  if (answered) return { detail: 'They have answered.', cancel: 'replied' };
  if (NEVER_SENT.includes(followedState)) return { detail: 'The mail that it follows was not sent.', cancel: 'followed_mail_not_sent' };
  if (followedState !== 'sent' || !followedSentAt) return { detail: 'The mail that it follows has not left yet.' };
  const opensAt = stepDueAt({ delay: { value: followUpDays ?? 0, unit: 'businessDays' } }, followedSentAt, zone);
  return opensAt > now ? { detail: 'Waits for an answer first.', opensAt } : undefined;
}

/** Only for a short while: what cannot be seen holds no mail back. */
function aboutPage({ pageWanted, pageAskedAt, pageLookedAt, now }: SendFacts): Objection | undefined {
  const seen = pageLookedAt ? now.getTime() - pageLookedAt.getTime() < PAGE_LOOK_HOLDS_MS : false;
  if (!pageWanted || seen) return undefined;
  const since = pageLookedAt ? now : (pageAskedAt ?? now);
  const opensAt = new Date(since.getTime() + PAGE_PATIENCE_MS);
  return opensAt > now ? { detail: 'The page is looked at first: it may bear the link already.', opensAt } : undefined;
}

/** All gates of one mail but its mailbox's limits, each asked on its own. */
const GATES: readonly (readonly [GateCode, (facts: SendFacts) => Objection | undefined])[] = [
  [
    'restore_hold',
    (f) => (f.restoreHold ? { detail: 'The database was set back or moved: nothing leaves until `after-restore` has run.' } : undefined),
  ],
  ['approval', (f) => (f.needsApproval ? { detail: 'Waits for a person to release it.' } : undefined)],
  ['contact', aboutContact],
  ['suppression', (f) => (f.suppressed ? { detail: `This ${f.suppressed} is never to be mailed.`, cancel: 'suppressed' } : undefined)],
  ['stage', aboutStage],
  ['enrollment', aboutEnrollment],
  ['campaign', aboutCampaign],
  ['site_in_contact', (f) => (f.siteInContact ? { detail: 'A colleague is in contact with this site.' } : undefined)],
  ['condition', (f) => (f.conditionFalse ? { detail: 'The conditions of its step do not hold: it will be left out.' } : undefined)],
  ['law', (f) => (f.law ? lawObjection(f.law) : undefined)],
  ['subject', aboutSubject],
  ['too_late', aboutLateness],
  ['mailbox', (f) => (f.mailboxState === 'connected' ? undefined : { detail: `The mailbox is ${f.mailboxState.replace('_', ' ')}.` })],
  [
    'mailbox_alarm',
    (f) => (f.mailboxAlarm === null ? undefined : { detail: `A server blocks the sender (${f.mailboxAlarm}): a person must look at the mailbox.` }),
  ],
  ['recipient_domain', aboutRecipientDomain],
  ['window', aboutWindow],
  ['schedule', (f) => (f.nextAt && f.nextAt > f.now ? { detail: 'Not due yet.', opensAt: f.nextAt } : undefined)],
  ['follow_up', aboutFollowUp],
  ['page_check', aboutPage], // the last: nobody looks at a page for a mail that waits for something else
];

/** Every gate with its verdict: what explain shows. */
export function gatesOf(facts: SendFacts): Gate[] {
  return GATES.map(([code, ask]) => {
    const objection = ask(facts);
    return { code, open: !objection, opensAt: objection?.opensAt ?? null, detail: objection?.detail ?? null };
  });
}

/** Cancelling goes before waiting: a mail that must never leave does not stay in the queue for a gate that may open. */
export function decideSend(facts: SendFacts): SendDecision {
  const closed = GATES.flatMap(([code, ask]) => {
    const objection = ask(facts);
    return objection ? [{ code, ...objection }] : [];
  });
  for (const { cancel } of closed) if (cancel !== undefined) return { do: 'cancel', code: cancel };
  const [first] = closed;
  return first
    ? {
        do: 'hold',
        why: first.code,
        until: earliestOpening(
          closed.map(({ opensAt }) => ({ open: false, opensAt: opensAt ?? null })),
          facts.now,
          windowsOf(facts),
        ),
      }
    : { do: 'send' };
}

/** When something that opens and closes by the clock is open at or after an instant. */
type Opening = (at: Date) => Date;

/** The windows that a mail must fall into, whatever else it waits for. */
export function windowsOf(facts: SendFacts): Opening[] {
  return [(at) => nextOpening(facts.window, placeOf(facts), at)];
}

/** Two windows that never meet are noticed after so many rounds. */
const ROUNDS_AT_MOST = 100;

/**
 * When all gates are open: now, a known instant, or null while nobody can say. A limit that ends at midnight does not open a
 * window that opens at nine: each window is asked again at the time the others need.
 */
export function earliestOpening(gates: readonly Pick<Gate, 'open' | 'opensAt'>[], now: Date, windows: readonly Opening[] = []): Date | null {
  let earliest = now;
  for (const gate of gates) {
    if (gate.open) continue;
    if (gate.opensAt === null) return null;
    if (gate.opensAt > earliest) earliest = gate.opensAt;
  }
  for (let round = 0; round < ROUNDS_AT_MOST; round += 1) {
    const opened = windows.reduce((at, opening) => opening(at), earliest);
    if (opened <= earliest) return earliest;
    earliest = opened;
  }
  return null;
}
