import type { PipelineEvent } from '../pipeline-events.js';
import type { Effects, Snapshot } from '../pipeline-snapshot.js';

type Kind = PipelineEvent['kind'];

/** What one kind of event does: a row of state-model 7. */
export type Effect<K extends Kind> = (event: Extract<PipelineEvent, { kind: K }>, now: Snapshot) => Partial<Effects>;

export type EffectsOf<K extends Kind> = { readonly [P in K]: Effect<P> };
