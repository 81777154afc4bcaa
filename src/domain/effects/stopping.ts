import type { EnrollmentFacts, Move, OpportunityFacts, Snapshot } from '../pipeline-snapshot.js';
import { isOpen, isUnsent, stepEnrollment, stepMessage, type Cause } from '../pipeline-steps.js';

type Ending = 'replied' | 'bounced' | 'unsubscribed' | 'stopped' | 'failed';

/** Ends the enrollments and cancels what they have not sent: nothing goes out after "stop" (promise 2). */
export function endEnrollments(enrollments: readonly EnrollmentFacts[], to: Ending, now: Snapshot, cause: Cause): Move[] {
  const because = { ...cause, reason: cause.reason ?? to };
  // Whoever asks why a mail did not go out is told the rule, not the state: the address is suppressed (F27).
  const held = { ...because, reason: because.reason === 'unsubscribed' ? 'suppressed' : because.reason };
  return enrollments.flatMap((enrollment) => {
    const ended = stepEnrollment(enrollment, to, because);
    if (ended.length === 0 && isOpen(enrollment)) return []; // it goes on, and its mail with it
    const unsent = now.messages.filter((message) => message.enrollmentId === enrollment.id && isUnsent(message));
    return [...ended, ...unsent.flatMap((message) => stepMessage(message, 'cancelled', held))];
  });
}

export function openEnrollmentsOf(opportunity: Pick<OpportunityFacts, 'id'>, now: Snapshot): EnrollmentFacts[] {
  return now.enrollments.filter((enrollment) => enrollment.opportunityId === opportunity.id && isOpen(enrollment));
}

/** Stops the sequences that still run for a card. */
export function stopRunning(card: Pick<OpportunityFacts, 'id'>, now: Snapshot, cause: Cause): Move[] {
  return endEnrollments(openEnrollmentsOf(card, now), 'stopped', now, cause);
}

/** Nothing more goes out for a card that is closed: its enrollments stop, and mail outside them is cancelled too. */
export function silence(card: Pick<OpportunityFacts, 'id'>, now: Snapshot, cause: Cause): Move[] {
  const ids = new Set(openEnrollmentsOf(card, now).map((enrollment) => enrollment.id));
  const loose = now.messages.filter(
    (message) => message.opportunityId === card.id && isUnsent(message) && !(message.enrollmentId && ids.has(message.enrollmentId)),
  );
  return [...stopRunning(card, now, cause), ...loose.flatMap((message) => stepMessage(message, 'cancelled', cause))];
}

/** The rows that `moves` leave alone: what one reason has stopped, no second one stops again. */
export function untouched(now: Snapshot, moves: readonly Move[]): Snapshot {
  const moved = new Set(moves.map((move) => move.id));
  return {
    ...now,
    enrollments: now.enrollments.filter((row) => !moved.has(row.id)),
    messages: now.messages.filter((row) => !moved.has(row.id)),
  };
}

/** Cancels every unsent mail to a contact, also those outside a sequence. */
export function cancelMailTo(contactId: string, now: Snapshot, cause: Cause): Move[] {
  const already = new Set(now.enrollments.filter((enrollment) => enrollment.contactId === contactId).map((enrollment) => enrollment.id));
  return now.messages
    .filter((message) => message.contactId === contactId && isUnsent(message) && !(message.enrollmentId && already.has(message.enrollmentId)))
    .flatMap((message) => stepMessage(message, 'cancelled', cause));
}

/** Cancels what was to go out only in case of silence: to whoever has written, and at every card that the answer concerns (F81). */
export function cancelFollowUps(contactId: string, cards: readonly Pick<OpportunityFacts, 'id'>[], now: Snapshot, cause: Cause): Move[] {
  const ids = new Set(cards.map((card) => card.id));
  return now.messages
    .filter((message) => message.followUp === true && message.enrollmentId === null && isUnsent(message))
    .filter((message) => message.contactId === contactId || (message.opportunityId !== null && ids.has(message.opportunityId)))
    .flatMap((message) => stepMessage(message, 'cancelled', { ...cause, reason: 'replied' }));
}
