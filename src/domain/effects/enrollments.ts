import type { EnrollmentFacts, Move, OpportunityFacts, Snapshot } from '../pipeline-snapshot.js';
import { isUnsent, stepEnrollment, stepOpportunity, type Cause } from '../pipeline-steps.js';
import type { EffectsOf } from './effect-table.js';
import { openEnrollmentsOf, silence, stopRunning } from './stopping.js';

type Kind =
  | 'enrolled'
  | 'sequence_started'
  | 'sequence_finished'
  | 'resume_due'
  | 'enrollment_blocked'
  | 'enrollment_unblocked'
  | 'guardrail_hit'
  | 'human_took_over'
  | 'silence_over';

function own(event: { readonly enrollmentId: string }, now: Snapshot): EnrollmentFacts[] {
  return now.enrollments.filter((row) => row.id === event.enrollmentId);
}

function step(rows: readonly EnrollmentFacts[], to: EnrollmentFacts['state'], cause: Cause): Move[] {
  return rows.flatMap((row) => stepEnrollment(row, to, cause));
}

function cardsOf(rows: readonly EnrollmentFacts[], now: Snapshot): OpportunityFacts[] {
  return now.opportunities.filter((card) => rows.some((row) => row.opportunityId === card.id));
}

function stepCards(rows: readonly EnrollmentFacts[], to: 'ready' | 'contacting', now: Snapshot, cause: Cause): Move[] {
  return cardsOf(rows, now).flatMap((card) => stepOpportunity(card, to, cause));
}

/** The life of one contact in one sequence (state-model 3). */
export const enrollmentEffects: EffectsOf<Kind> = {
  enrolled: (event, now) => ({ moves: stepCards(own(event, now), 'ready', now, { event: event.kind }) }),
  sequence_started: (event, now) => ({ moves: step(own(event, now), 'active', { event: event.kind }) }),
  /** Not while a mail of it still waits: the last step has then not been sent. */
  sequence_finished: (event, now) => ({
    moves: step(
      own(event, now).filter((row) => !now.messages.some((message) => message.enrollmentId === row.id && isUnsent(message))),
      'finished',
      { event: event.kind },
    ),
  }),
  resume_due: (event, now) => ({ moves: step(own(event, now), 'active', { event: event.kind }) }),
  enrollment_blocked: (event, now) => ({ moves: step(own(event, now), 'blocked', { event: event.kind, reason: event.code }) }),
  enrollment_unblocked: (event, now) => ({ moves: step(own(event, now), 'active', { event: event.kind }) }),
  guardrail_hit: (event, now) => ({ moves: step(own(event, now), 'paused', { event: event.kind, reason: event.code }) }),
  human_took_over: (event, now) => ({
    moves: [
      ...stepCards(own(event, now), 'contacting', now, { event: event.kind }),
      ...step(own(event, now), 'paused', { event: event.kind, reason: 'human_took_over' }),
    ],
    contactedProspects: cardsOf(own(event, now), now).map((card) => card.prospectId),
    turns: cardsOf(own(event, now), now).map((card) => ({ opportunityId: card.id, waitingOn: 'them' as const })),
  }),

  /** Silence long enough: the next contact, or none left. Nothing while a sequence still runs. */
  silence_over: (event, now) => ({
    moves: now.opportunities
      .filter((card) => card.id === event.opportunityId && openEnrollmentsOf(card, now).length === 0)
      .flatMap((card) => {
        const cause = { event: event.kind };
        if (card.stage === 'contacting' && card.anotherContactLeft) return stepOpportunity(card, 'ready', cause);
        const closed = stepOpportunity(card, 'no_response', cause);
        return closed.length > 0 ? [...closed, ...silence(card, now, cause)] : [];
      }),
  }),
};

/** Stops whatever still runs for a card whose goal is reached. */
export function goalReached(opportunityIds: readonly string[], now: Snapshot, cause: Cause): Move[] {
  return now.opportunities
    .filter((card) => opportunityIds.includes(card.id))
    .flatMap((card) => stopRunning(card, now, { ...cause, reason: 'goal_reached' }));
}
