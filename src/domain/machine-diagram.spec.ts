import { drawMachine, redrawDomainDoc } from './machine-diagram.js';
import { edges, type Machine } from './machines/machine.js';

const door: Machine<'open' | 'shut'> = {
  name: 'pitch',
  states: ['open', 'shut'],
  terminal: ['shut'],
  edges: [...edges<'open' | 'shut'>([null], 'open', { by: ['person'] }), ...edges<'open' | 'shut'>(['open'], 'shut', { by: ['person', 'schedule'] })],
};

describe('drawMachine', () => {
  it('draws the making, each edge with who takes it, and the ends', () => {
    expect(drawMachine(door)).toBe(
      ['stateDiagram-v2', '  direction LR', '  [*] --> open: person', '  open --> shut: person, schedule', '  shut --> [*]'].join('\n'),
    );
  });
});

describe('redrawDomainDoc', () => {
  it('replaces what stands between the marks and nothing else', () => {
    const doc = redrawDomainDoc('Before\n<!-- drawn: ladder -->\nold\n<!-- end: ladder -->\nAfter', ['auth', 'audit']);

    expect(doc).toBe('Before\n<!-- drawn: ladder -->\n1. `auth`\n2. `audit`\n<!-- end: ladder -->\nAfter');
  });

  it('draws each of the five machines', () => {
    const marks = ['opportunity', 'enrollment', 'message', 'pitch', 'backlink'].map((name) => `<!-- drawn: ${name} -->\n<!-- end: ${name} -->`);

    expect(redrawDomainDoc(marks.join('\n'), []).match(/stateDiagram-v2/g)).toHaveLength(5);
  });

  it('is the same the second time', () => {
    const once = redrawDomainDoc('<!-- drawn: message -->\n<!-- end: message -->', []);

    expect(redrawDomainDoc(once, [])).toBe(once);
  });
});
