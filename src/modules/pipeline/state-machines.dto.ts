import type { Machine } from '../../domain/machines/machine.js';

export class EdgeResponse {
  /** Null: the thing is made. */
  from!: string | null;
  to!: string;
  /** Who takes the edge: person, automation, schedule, inbound, verifier, prospect, guard. */
  by!: string[];
  /** Events that take it by themselves. */
  on!: string[];
  /** What a person must give to take it by hand. */
  requires!: string[];
  /** Only managers and owners may take it by hand. */
  managersOnly!: boolean;
}

export class MachineResponse {
  name!: string;
  states!: string[];
  terminal!: string[];
  edges!: EdgeResponse[];

  static from(machine: Machine): MachineResponse {
    return {
      name: machine.name,
      states: [...machine.states],
      terminal: [...machine.terminal],
      edges: machine.edges.map((edge) => ({ ...edge, by: [...edge.by], on: [...edge.on], requires: [...edge.requires] })),
    };
  }
}
