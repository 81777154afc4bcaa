import { IllegalTransition } from '../errors.js';
import type { PipelineEventKind } from './event-kinds.js';

/** Who or what moves a machine (state-model, principle 8). */
export const TRIGGERS = ['person', 'automation', 'schedule', 'inbound', 'verifier', 'prospect', 'guard'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export const MACHINE_NAMES = ['opportunity', 'enrollment', 'message', 'pitch', 'backlink'] as const;
export type MachineName = (typeof MACHINE_NAMES)[number];

/** One arrow of a machine. `from` null makes a new thing. */
export interface Edge<S extends string = string> {
  readonly from: S | null;
  readonly to: S;
  readonly by: readonly Trigger[];
  /** Events that take this edge by themselves; an edge without any is taken only by hand. */
  readonly on: readonly PipelineEventKind[];
  /** What a person must give to take it by hand. */
  readonly requires: readonly string[];
  /** Only managers and owners may take it by hand. */
  readonly managersOnly: boolean;
}

export interface Machine<S extends string = string> {
  readonly name: MachineName;
  readonly states: readonly S[];
  readonly terminal: readonly S[];
  readonly edges: readonly Edge<S>[];
}

export interface EdgeDetails {
  readonly by: readonly Trigger[];
  readonly on?: readonly PipelineEventKind[];
  readonly requires?: readonly string[];
  readonly managersOnly?: boolean;
}

/** The edges from each of `from` to `to`. */
export function edges<S extends string>(from: readonly (S | null)[], to: S, details: EdgeDetails): Edge<S>[] {
  return from.map((state) => ({
    from: state,
    to,
    by: details.by,
    on: details.on ?? [],
    requires: details.requires ?? [],
    managersOnly: details.managersOnly ?? false,
  }));
}

/** A step that a person may take from a state, and what it asks of them. */
export interface ManualMove<S extends string = string> {
  readonly to: S;
  readonly requires: readonly string[];
  readonly managersOnly: boolean;
}

/** What a person may do next; the list behind `nextStates` and `moves` of every resource. */
export function manualMoves<S extends string>(machine: Machine<S>, from: S): ManualMove<S>[] {
  const moves = new Map<S, ManualMove<S>>();
  for (const edge of machine.edges) {
    if (edge.from !== from || !edge.by.includes('person') || moves.has(edge.to)) continue;
    moves.set(edge.to, { to: edge.to, requires: edge.requires, managersOnly: edge.managersOnly });
  }
  return [...moves.values()];
}

/** @throws IllegalTransition when no person may take this step. */
export function requireManualMove<S extends string>(machine: Machine<S>, from: S, to: string): ManualMove<S> {
  const moves = manualMoves(machine, from);
  const move = moves.find((candidate) => candidate.to === to);
  if (!move) {
    throw new IllegalTransition(
      machine.name,
      from,
      to,
      moves.map((candidate) => candidate.to),
    );
  }
  return move;
}

/** The edge that `event` takes from `from` to `to`, if the table names it. */
export function edgeOnEvent<S extends string>(machine: Machine<S>, from: S | null, to: S, event: PipelineEventKind): Edge<S> | undefined {
  return machine.edges.find((edge) => edge.from === from && edge.to === to && edge.on.includes(event));
}

export function isTerminal<S extends string>(machine: Machine<S>, state: S): boolean {
  return machine.terminal.includes(state);
}
