import { isTerminal } from './machines/machine.js';
import { OPPORTUNITY } from './machines/opportunity.js';
import type { Move, Turn } from './pipeline-snapshot.js';

/** Whose turn it is when all moves are made: nobody's at a card that they close. */
export function turnsAfter(turns: readonly Turn[], moves: readonly Move[]): Turn[] {
  const closed = moves.flatMap((move) => (move.machine === 'opportunity' && isClosed(move.to) ? [move.id] : []));
  const open = turns.filter(({ opportunityId }) => !closed.includes(opportunityId));
  return [...open, ...[...new Set(closed)].map((opportunityId) => ({ opportunityId, waitingOn: null }))];
}

function isClosed(stage: string): boolean {
  return OPPORTUNITY.states.some((state) => state === stage && isTerminal(OPPORTUNITY, state));
}
