import type { PitchFacts, Snapshot } from '../pipeline-snapshot.js';
import { stepOpportunity, stepPitch } from '../pipeline-steps.js';
import type { EffectsOf } from './effect-table.js';
import { goalReached } from './enrollments.js';

type Kind = 'goal_reached' | 'agreement_made' | 'writing_started' | 'draft_sent' | 'content_delivered' | 'answer_overdue' | 'publication_overdue';

const thePitch = (event: { readonly pitchId: string | null }, now: Snapshot): PitchFacts[] => now.pitches.filter((row) => row.id === event.pitchId);

/** Pitches, agreements and the making of content (state-model 1 and 2). */
export const dealEffects: EffectsOf<Kind> = {
  goal_reached: (event, now) => ({ moves: goalReached([event.opportunityId], now, { event: event.kind }) }),

  agreement_made: (event, now) => {
    const cause = { event: event.kind };
    return {
      moves: [
        ...now.opportunities.filter((row) => row.id === event.opportunityId).flatMap((row) => stepOpportunity(row, 'agreed', cause)),
        ...goalReached([event.opportunityId], now, cause),
        ...thePitch(event, now).flatMap((row) => stepPitch(row, 'accepted', cause)),
      ],
    };
  },

  writing_started: (event, now) => {
    const cause = { event: event.kind };
    const pitches = thePitch(event, now);
    return {
      moves: [
        ...cardsOf(pitches, now).flatMap((row) => stepOpportunity(row, 'in_production', cause)),
        ...pitches.flatMap((row) => stepPitch(row, 'writing', cause)),
      ],
    };
  },

  draft_sent: (event, now) => {
    const cause = { event: event.kind };
    const pitches = thePitch(event, now);
    return {
      moves: [
        ...cardsOf(pitches, now).flatMap((row) => stepOpportunity(row, 'in_production', cause)),
        ...pitches.flatMap((row) => stepPitch(row, 'draft_submitted', cause)),
      ],
    };
  },

  content_delivered: (event, now) => ({
    moves: now.opportunities
      .filter((row) => row.id === event.opportunityId)
      .flatMap((row) => stepOpportunity(row, 'awaiting_live', { event: event.kind })),
  }),

  answer_overdue: (event, now) => ({
    moves: thePitch(event, now).flatMap((row) => stepPitch(row, 'expired', { event: event.kind })),
    tasks: thePitch(event, now).map((row) => ({ kind: 'pitch_clock', subjectType: 'pitch', subjectId: row.id, opportunityId: row.opportunityId })),
  }),

  /** Only a person calls a promise broken: the clock asks for it, `defaulted` is a move by hand. */
  publication_overdue: (event, now) => ({
    tasks: thePitch(event, now).map((row) => ({ kind: 'pitch_clock', subjectType: 'pitch', subjectId: row.id, opportunityId: row.opportunityId })),
  }),
};

function cardsOf(pitches: readonly PitchFacts[], now: Snapshot): Snapshot['opportunities'] {
  return now.opportunities.filter((row) => pitches.some((pitch) => pitch.opportunityId === row.id));
}
