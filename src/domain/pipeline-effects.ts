import { answerEffects } from './effects/answers.js';
import { handEffects } from './effects/by-hand.js';
import { dealEffects } from './effects/deals.js';
import type { EffectsOf } from './effects/effect-table.js';
import { enrollmentEffects } from './effects/enrollments.js';
import { linkEffects } from './effects/links.js';
import { mailEffects } from './effects/mail.js';
import type { PipelineEvent } from './pipeline-events.js';
import type { Effects, Snapshot } from './pipeline-snapshot.js';
import { turnsAfter } from './waiting.js';

const EFFECTS: EffectsOf<PipelineEvent['kind']> = {
  ...handEffects,
  ...mailEffects,
  ...answerEffects,
  ...enrollmentEffects,
  ...dealEffects,
  ...linkEffects,
};

/**
 * What one event does across the five machines, in one transaction.
 * Takes only edges whose table row names the event; where none leaves the present state, nothing moves.
 */
export function effectsOf(event: PipelineEvent, now: Snapshot): Effects {
  // The table is typed per kind; the union of its functions is not callable without this widening.
  const effect = EFFECTS[event.kind] as (event: PipelineEvent, now: Snapshot) => Partial<Effects>;
  const { moves = [], facts = [], tasks = [], blockContact = [], contactedProspects = [], turns = [] } = effect(event, now);
  return { moves, facts, tasks, blockContact, contactedProspects, turns: turnsAfter(turns, moves) };
}
