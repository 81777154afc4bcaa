import fc from 'fast-check';
import { anyEventOf, anyWorld, EVENT_KINDS } from '../../test/support/pipeline-arbitraries.js';
import { MACHINES } from './machines/all-machines.js';
import { PIPELINE_EVENT_KINDS, type PipelineEventKind } from './machines/event-kinds.js';
import { MACHINE_NAMES, type MachineName } from './machines/machine.js';
import { effectsOf } from './pipeline-effects.js';
import type { PipelineEvent } from './pipeline-events.js';
import type { Snapshot } from './pipeline-snapshot.js';

/** These make a row: `pipeline` writes it and names the event, nothing takes a step yet. */
const MAKING: readonly PipelineEventKind[] = ['opportunity_created', 'message_queued', 'message_drafted', 'pitch_created'];
/** Rests nowhere: a refusal for now goes through it, a stop meanwhile ends the try that would follow. */
const MIDWAY: readonly string[] = ['message_refused_for_now', 'transmission_not_begun'];
const ROWS = { opportunity: 'opportunities', enrollment: 'enrollments', message: 'messages', pitch: 'pitches', backlink: 'backlinks' } as const;

const named = MACHINE_NAMES.flatMap((name) =>
  MACHINES[name].edges.flatMap((edge) => (edge.from === null ? [] : edge.on.map((kind) => [name, edge.from!, edge.to, kind] as const))),
);
const worlds = fc.sample(anyWorld, { numRuns: 3000, seed: 8 });

/** The world with one row of the machine, the n-th, in a given state. */
function withRow(world: Snapshot, machine: MachineName, n: number, state: string): { readonly id: string; readonly world: Snapshot } {
  const rows = world[ROWS[machine]];
  const chosen = rows[n % rows.length]!;
  const changed = rows.map((row) => (row === chosen ? { ...row, [machine === 'opportunity' ? 'stage' : 'state']: state } : row));
  return { id: chosen.id, world: { ...world, [ROWS[machine]]: changed } };
}

describe('the events that a table names', () => {
  it.each(named)('%s, %s to %s on %s is what some effect does', (machine, from, to, kind) => {
    const start = MIDWAY.includes(kind) ? 'transmitting' : from;
    const events = fc.sample(anyEventOf(kind as PipelineEvent['kind']), { numRuns: 200, seed: 9 });

    const taken = worlds.some((drawn, at) => {
      const { id, world } = withRow(drawn, machine, at, start);
      const path = [
        start,
        ...effectsOf(events[at % events.length]!, world)
          .moves.filter((move) => move.id === id)
          .map((move) => move.to),
      ];
      return path.some((state, step) => state === from && path[step + 1] === to);
    });

    expect(taken).toBe(true);
  });

  it('are the kinds that the effects know, and those that make a row', () => {
    expect([...EVENT_KINDS, ...MAKING].sort()).toEqual([...PIPELINE_EVENT_KINDS].sort());
  });
});
