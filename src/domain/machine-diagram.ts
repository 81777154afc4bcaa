import { fillDrawn } from './drawn-text.js';
import { MACHINES } from './machines/all-machines.js';
import { isTerminal, type Machine, MACHINE_NAMES } from './machines/machine.js';

/** The machine as a Mermaid state diagram: every edge with who may take it, every end. */
export function drawMachine(machine: Machine): string {
  const edges = machine.edges.map((edge) => `  ${edge.from ?? '[*]'} --> ${edge.to}: ${edge.by.join(', ')}`);
  const ends = machine.states.filter((state) => isTerminal(machine, state)).map((state) => `  ${state} --> [*]`);
  return ['stateDiagram-v2', '  direction LR', ...edges, ...ends].join('\n');
}

function fenced(diagram: string): string {
  return `\`\`\`mermaid\n${diagram}\n\`\`\``;
}

/**
 * `docs/domain.md` with its drawings made anew: the five machines, and the ladder of features.
 * @param ladder  ladder.json: the features, lowest first
 */
export function redrawDomainDoc(text: string, ladder: readonly string[]): string {
  const drawn = MACHINE_NAMES.reduce((doc, name) => fillDrawn(doc, name, fenced(drawMachine(MACHINES[name]))), text);
  return fillDrawn(drawn, 'ladder', ladder.map((feature, step) => `${String(step + 1)}. \`${feature}\``).join('\n'));
}
