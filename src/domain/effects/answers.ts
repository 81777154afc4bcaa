import { STAGES_FROM_AGREED } from '../machines/opportunity.js';
import type { PipelineEvent } from '../pipeline-events.js';
import type { Effects, EnrollmentFacts, MessageFacts, Move, OpportunityFacts, Snapshot } from '../pipeline-snapshot.js';
import { isOpen, stepEnrollment, stepMessage, stepOpportunity, stepPitch, type Cause } from '../pipeline-steps.js';
import type { EffectsOf } from './effect-table.js';
import { gone } from './mail.js';
import { cancelFollowUps, cancelMailTo, endEnrollments, openEnrollmentsOf, silence, stopRunning, untouched } from './stopping.js';

type Kind =
  | 'reply_received'
  | 'reply_classified'
  | 'auto_reply_received'
  | 'contact_left'
  | 'bounced_hard'
  | 'bounced_soft'
  | 'complained'
  | 'opted_out'
  | 'contact_erased';

const subject = (messageId: string | null, now: Snapshot): MessageFacts[] => now.messages.filter((message) => message.id === messageId);
const enrollmentsOf = (contactId: string, now: Snapshot): EnrollmentFacts[] => now.enrollments.filter((row) => row.contactId === contactId);
/** Whatever comes back to a mail of unknown fate proves that it left. */
const provenSent = (messages: readonly MessageFacts[], cause: Cause): Move[] => messages.flatMap((message) => stepMessage(message, 'sent', cause));
/** The sites that a mail of unknown fate is now known to have gone to. */
const sitesOf = (proven: readonly Move[], messages: readonly MessageFacts[], now: Snapshot): string[] =>
  now.opportunities
    .filter((row) => messages.some((message) => message.opportunityId === row.id && proven.some((move) => move.id === message.id)))
    .map((row) => row.prospectId);

/** The opportunities that the contact is enrolled in, or that the answered mail belongs to. */
function concerned(contactId: string, messages: readonly MessageFacts[], now: Snapshot): OpportunityFacts[] {
  const ids = new Set([...enrollmentsOf(contactId, now).map((row) => row.opportunityId), ...messages.map((row) => row.opportunityId)]);
  return now.opportunities.filter((row) => ids.has(row.id));
}

function replyReceived(event: Extract<PipelineEvent, { kind: 'reply_received' }>, now: Snapshot): Partial<Effects> {
  const cause = { event: event.kind };
  const messages = subject(event.messageId, now);
  // Mail from a site that no sequence has reached still concerns its cards (state-model 1: "mail from the site").
  const enrolled = concerned(event.contactId, messages, now);
  const opportunities = enrolled.length === 0 ? now.opportunities : enrolled;
  // the answered mail's own may stand at whom the person was merged with
  const theirs = now.enrollments.filter((row) => row.contactId === event.contactId || messages.some((message) => message.enrollmentId === row.id));
  const enrollments = event.wholeSite ? now.enrollments : theirs;
  const proven = provenSent(messages, cause);
  const offered = now.pitches.filter((row) => messages.some((message) => message.pitchId === row.id));
  return {
    moves: [
      ...opportunities.flatMap((row) => stepOpportunity(row, 'engaged', cause)),
      ...endEnrollments(enrollments, 'replied', now, cause),
      ...cancelFollowUps(event.contactId, opportunities, now, cause),
      ...proven,
      // Only of an offer whose arrival the answer has just proved: it says nothing about the offer itself.
      ...(proven.length > 0 ? offered.flatMap((row) => stepPitch(row, 'pitched', cause)) : []),
    ],
    contactedProspects: sitesOf(proven, messages, now),
    facts: messages.map((message) => ({ messageId: message.id, fact: 'replied' as const })),
    turns: opportunities.map((row) => ({ opportunityId: row.id, waitingOn: 'us' as const })),
    tasks: opportunities.slice(0, 1).map((row) => ({ kind: 'answer_reply', subjectType: 'opportunity', subjectId: row.id, opportunityId: row.id })),
  };
}

/** A price is a counter-offer, a no is a no; the rest waits for a person (state-model 7). */
function replyClassified(event: Extract<PipelineEvent, { kind: 'reply_classified' }>, now: Snapshot): Partial<Effects> {
  const becomes = { asks_fee: ['negotiating', 'countered'], declined: ['declined', 'rejected'] } as const;
  // what a machine wrote is no answer: it is their turn still
  if (event.class === 'auto') return { turns: [{ opportunityId: event.opportunityId, waitingOn: 'them' }] };
  const next = event.class === 'asks_fee' || event.class === 'declined' ? becomes[event.class] : undefined;
  if (!next) return {};
  const [stage, pitchState] = next;
  const cause = { event: event.kind, reason: event.class };
  const card = now.opportunities.filter((row) => row.id === event.opportunityId);
  const moved = card.flatMap((row) => stepOpportunity(row, stage, cause));
  const stop = moved.length > 0 ? silence : stopRunning;
  return {
    moves: [
      ...moved,
      ...(event.class === 'declined' ? card.flatMap((row) => stop(row, now, cause)) : []),
      ...now.pitches.filter((row) => row.opportunityId === event.opportunityId).flatMap((row) => stepPitch(row, pitchState, cause)),
    ],
  };
}

/** A card that no address of its contacts reaches waits for the next contact, or is given up. */
function undeliverable(card: OpportunityFacts, now: Snapshot, cause: Cause): Move[] {
  const because = { ...cause, reason: 'undeliverable' };
  if (card.anotherContactLeft) return stepOpportunity(card, 'ready', because);
  const closed = stepOpportunity(card, 'disqualified', because);
  return closed.length > 0 ? [...closed, ...silence(card, now, because)] : [];
}

function bouncedHard(event: Extract<PipelineEvent, { kind: 'bounced_hard' }>, now: Snapshot): Partial<Effects> {
  const cause = { event: event.kind };
  const messages = subject(event.messageId, now);
  const contacts = new Set(messages.map((message) => message.contactId));
  const bounced = now.enrollments.filter((row) => contacts.has(row.contactId));
  const bouncedIds = new Set(bounced.map((row) => row.id));
  const hit = new Set([...messages, ...bounced.filter(isOpen)].map((row) => row.opportunityId));
  const cards = now.opportunities.filter((row) => hit.has(row.id) && !openEnrollmentsOf(row, now).some((other) => !bouncedIds.has(other.id)));
  const ended = endEnrollments(bounced, 'bounced', now, cause);
  const proven = provenSent(messages, cause);
  return {
    moves: [...cards.flatMap((row) => undeliverable(row, untouched(now, ended), cause)), ...ended, ...proven],
    contactedProspects: sitesOf(proven, messages, now),
    facts: messages.map((message) => ({ messageId: message.id, fact: 'bounced_hard' as const })),
  };
}

/** Nobody mails this person again; a card before the deal is closed, one after it only marked. */
function noMoreMail(event: Extract<PipelineEvent, { kind: 'opted_out' | 'complained' }>, now: Snapshot): Partial<Effects> {
  const cause = { event: event.kind };
  const wholeSite = event.kind === 'opted_out' && event.scope === 'site';
  const messages = event.kind === 'complained' ? subject(event.messageId, now) : [];
  const enrollments = wholeSite ? now.enrollments : enrollmentsOf(event.contactId, now);
  const ended = new Set(enrollments.map((row) => row.id));
  const cards = wholeSite ? now.opportunities : concerned(event.contactId, messages, now);
  // Another contact of the site who is being written to did not ask for silence.
  const closing = cards.filter(
    (row) => event.kind === 'complained' || wholeSite || !openEnrollmentsOf(row, now).some((other) => !ended.has(other.id)),
  );
  const closingIds = new Set(closing.map((row) => row.id));
  const stopped = [
    ...endEnrollments(enrollments, 'unsubscribed', now, cause),
    ...cancelMailTo(event.contactId, now, { ...cause, reason: 'suppressed' }),
  ];
  const rest = untouched(now, stopped);
  const proven = provenSent(messages, cause);
  return {
    moves: [
      ...closing.flatMap((row) => stepOpportunity(row, 'do_not_contact', cause)),
      ...stopped,
      ...(wholeSite ? cards : closing).flatMap((row) => silence(row, rest, { ...cause, reason: 'do_not_contact' })),
      ...proven,
      // The table lets an opt-out withdraw only what is not agreed yet.
      ...now.pitches.filter((row) => closingIds.has(row.opportunityId)).flatMap((row) => stepPitch(row, 'withdrawn', cause)),
    ],
    facts: messages.map((message) => ({ messageId: message.id, fact: 'complained' as const })),
    contactedProspects: sitesOf(proven, messages, now),
    blockContact: cards.filter((row) => STAGES_FROM_AGREED.includes(row.stage) && !row.contactBlocked).map((row) => row.id),
  };
}

/** Rows about what comes back from a prospect (state-model 7). None of them ever takes a card back from a deal or a live link. */
export const answerEffects: EffectsOf<Kind> = {
  reply_received: replyReceived,
  reply_classified: replyClassified,
  bounced_hard: bouncedHard,
  complained: noMoreMail,
  opted_out: noMoreMail,

  auto_reply_received: (event, now) => {
    const found = gone(event, now);
    const messages = subject(event.messageId, now);
    const away = event.resumeAt ? now.enrollments.filter((row) => messages.some((message) => message.enrollmentId === row.id)) : [];
    return { ...found, moves: [...away.flatMap((row) => stepEnrollment(row, 'postponed', { event: event.kind })), ...(found.moves ?? [])] };
  },

  contact_left: (event, now) => {
    const own = enrollmentsOf(event.contactId, now);
    const moves = endEnrollments(own, 'stopped', now, { event: event.kind });
    const [first] = own;
    return {
      moves,
      tasks: [{ kind: 'find_successor', subjectType: 'contact', subjectId: event.contactId, opportunityId: first?.opportunityId ?? null }],
    };
  },

  bounced_soft: (event, now) => {
    const messages = subject(event.messageId, now);
    return {
      ...gone(event, now),
      facts: messages.map((message) => ({ messageId: message.id, fact: 'bounced_soft' as const })),
    };
  },

  contact_erased: (event, now) => {
    const cause = { event: event.kind };
    return { moves: [...endEnrollments(enrollmentsOf(event.contactId, now), 'stopped', now, cause), ...cancelMailTo(event.contactId, now, cause)] };
  },
};
