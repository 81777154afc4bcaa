import { BACKLINK } from './machines/backlink.js';
import { ENROLLMENT, OPEN_ENROLLMENT_STATES } from './machines/enrollment.js';
import type { PipelineEventKind } from './machines/event-kinds.js';
import { edgeOnEvent, type Machine } from './machines/machine.js';
import { MESSAGE, UNSENT_MESSAGE_STATES } from './machines/message.js';
import { OPPORTUNITY } from './machines/opportunity.js';
import { PITCH } from './machines/pitch.js';
import type { BacklinkFacts, EnrollmentFacts, MessageFacts, Move, OpportunityFacts, PitchFacts } from './pipeline-snapshot.js';

/**
 * An effect takes one edge. These are the only pairs that may take two at once, each with its history rows (state-model 7):
 * the answer that says yes or names a price, the first verification, and a refusal that is tried again (state-model 4).
 */
const THROUGH: readonly { readonly machine: string; readonly from: readonly string[]; readonly via: string; readonly to: readonly string[] }[] = [
  { machine: 'opportunity', from: ['contacting', 'no_response'], via: 'engaged', to: ['negotiating', 'agreed'] },
  { machine: 'backlink', from: ['reported'], via: 'verifying', to: ['live', 'degraded', 'reported', 'rejected', 'needs_review'] },
  { machine: 'message', from: ['transmitting'], via: 'failed_temporary', to: ['scheduled'] },
];

/** The steps that `event` takes a row to `to`; none when no edge of the table names the event. */
function steps<S extends string>(machine: Machine<S>, row: { readonly id: string; readonly state: S }, to: S, cause: Cause): Move[] {
  const { id, state: from } = row;
  const move = (state: S): Move => ({ machine: machine.name, id, to: state, ...(cause.reason !== undefined && { reason: cause.reason }) });
  if (edgeOnEvent(machine, from, to, cause.event)) return [move(to)];
  for (const pair of THROUGH) {
    if (pair.machine !== machine.name || !pair.from.includes(from) || !pair.to.includes(to)) continue;
    const via = machine.states.find((state) => state === pair.via);
    if (via && edgeOnEvent(machine, from, via, cause.event) && edgeOnEvent(machine, via, to, cause.event)) return [move(via), move(to)];
  }
  return [];
}

/** Why a row moves: the event, and a reason where one is kept. */
export interface Cause {
  readonly event: PipelineEventKind;
  readonly reason?: string;
}

export const stepOpportunity = (row: OpportunityFacts, to: OpportunityFacts['stage'], cause: Cause): Move[] =>
  steps(OPPORTUNITY, { id: row.id, state: row.stage }, to, cause);
export const stepEnrollment = (row: EnrollmentFacts, to: EnrollmentFacts['state'], cause: Cause): Move[] => steps(ENROLLMENT, row, to, cause);
export const stepMessage = (row: MessageFacts, to: MessageFacts['state'], cause: Cause): Move[] => steps(MESSAGE, row, to, cause);
export const stepPitch = (row: PitchFacts, to: PitchFacts['state'], cause: Cause): Move[] => steps(PITCH, row, to, cause);
export const stepBacklink = (row: BacklinkFacts, to: BacklinkFacts['state'], cause: Cause): Move[] => steps(BACKLINK, row, to, cause);

export function isOpen(enrollment: EnrollmentFacts): boolean {
  return (OPEN_ENROLLMENT_STATES as readonly string[]).includes(enrollment.state);
}

export function isUnsent(message: MessageFacts): boolean {
  return (UNSENT_MESSAGE_STATES as readonly string[]).includes(message.state);
}
