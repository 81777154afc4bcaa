import { OPPORTUNITY, type OpportunityStage } from '../machines/opportunity.js';
import type { PipelineEvent } from '../pipeline-events.js';
import type { BacklinkFacts, Effects, MessageFacts, Move, PitchFacts, Snapshot } from '../pipeline-snapshot.js';
import { stepOpportunity } from '../pipeline-steps.js';
import { answerEffects } from './answers.js';
import { dealEffects } from './deals.js';
import type { EffectsOf } from './effect-table.js';
import { enrollmentEffects } from './enrollments.js';
import { afterVerdict } from './links.js';
import { mailEffects } from './mail.js';
import { endEnrollments, silence, stopRunning } from './stopping.js';

type HandMove = Extract<PipelineEvent, { kind: 'moved_by_hand' }>;

/** A pitch moved by hand takes its card along as the fact would that the person tells us of. */
function afterPitch(pitch: PitchFacts, to: string, now: Snapshot): Partial<Effects> {
  const { id: pitchId, opportunityId } = pitch;
  if (to === 'countered') return answerEffects.reply_classified({ kind: 'reply_classified', opportunityId, class: 'asks_fee' }, now);
  if (to === 'accepted') return dealEffects.agreement_made({ kind: 'agreement_made', opportunityId, pitchId }, now);
  if (to === 'writing') return dealEffects.writing_started({ kind: 'writing_started', pitchId }, now);
  if (to === 'draft_submitted') return dealEffects.draft_sent({ kind: 'draft_sent', pitchId }, now);
  return {};
}

/** Whatever a person decides about a mail of unknown fate, its enrollment waits for nothing more (state-model 4). */
function afterMessage(message: MessageFacts, to: string, now: Snapshot): Partial<Effects> {
  if (message.state !== 'delivery_unknown') return {};
  if (to === 'sent') return mailEffects.message_found_sent({ kind: 'message_found_sent', messageId: message.id }, now);
  if (message.enrollmentId === null) return {};
  return enrollmentEffects.enrollment_unblocked({ kind: 'enrollment_unblocked', enrollmentId: message.enrollmentId }, now);
}

/** The verdict is a person's ("I looked, it is there"); what follows is what follows a check (state-model 1). */
function afterLink(link: BacklinkFacts, to: string, now: Snapshot): Partial<Effects> {
  const seen = (['live', 'degraded', 'lost', 'rejected'] as const).find((state) => state === to);
  return link.state === 'needs_review' && seen ? afterVerdict(link, { to: seen, policyRisk: link.policyRisk }, now) : {};
}

/** What follows in the other machines. */
function consequences(event: HandMove, now: Snapshot): Partial<Effects> {
  switch (event.machine) {
    case 'pitch':
      return now.pitches.filter((row) => row.id === event.subjectId).map((row) => afterPitch(row, event.to, now))[0] ?? {};
    case 'message':
      return now.messages.filter((row) => row.id === event.subjectId).map((row) => afterMessage(row, event.to, now))[0] ?? {};
    case 'backlink':
      return now.backlinks.filter((row) => row.id === event.subjectId).map((row) => afterLink(row, event.to, now))[0] ?? {};
    case 'opportunity':
    case 'enrollment':
      return {};
  }
}

/** What follows when a person moves something; whether they may is decided before (`requireManualMove`). */
export const handEffects: EffectsOf<'moved_by_hand' | 'criteria_met' | 'blacklisted' | 'not_now_over'> = {
  moved_by_hand: (event, now): Partial<Effects> => {
    const because = event.reason !== undefined && { reason: event.reason };
    const moved: Move = { machine: event.machine, id: event.subjectId, to: event.to, ...because };
    const cause = { event: event.kind, ...because };
    if (event.machine === 'enrollment') {
      const own = now.enrollments.filter((enrollment) => enrollment.id === event.subjectId && event.to === 'stopped');
      const cancelled = endEnrollments(own, 'stopped', now, cause).filter((move) => move.machine === 'message');
      return { moves: [moved, ...cancelled] };
    }
    if (event.machine === 'opportunity') {
      const closes = OPPORTUNITY.terminal.includes(event.to as OpportunityStage); // `to` was checked against the table
      return { moves: closes ? [moved, ...silence({ id: event.subjectId }, now, cause)] : [moved] };
    }
    const follow = consequences(event, now);
    return { ...follow, moves: [moved, ...(follow.moves ?? []).filter((move) => move.machine !== event.machine)] };
  },

  criteria_met: (event, now) => ({
    moves: now.opportunities.filter((row) => row.id === event.opportunityId).flatMap((row) => stepOpportunity(row, event.to, { event: event.kind })),
  }),

  blacklisted: (event, now) => {
    const cause = { event: event.kind, reason: event.reason };
    return {
      moves: now.opportunities
        .filter((row) => row.id === event.opportunityId)
        .flatMap((row) => {
          const closed = stepOpportunity(row, 'disqualified', cause);
          return [...closed, ...(closed.length > 0 ? silence : stopRunning)(row, now, cause)];
        }),
    };
  },

  not_now_over: (event, now) => ({
    moves: now.opportunities
      .filter((row) => row.id === event.opportunityId)
      .flatMap((row) => stepOpportunity(row, 'qualified', { event: event.kind, reason: 'not_now_over' })),
  }),
};
