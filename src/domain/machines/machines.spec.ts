import { IllegalTransition } from '../errors.js';
import { MACHINES } from './all-machines.js';
import { PIPELINE_EVENT_KINDS } from './event-kinds.js';
import {
  edgeOnEvent,
  isTerminal,
  type Machine,
  MACHINE_NAMES,
  type MachineName,
  type ManualMove,
  manualMoves,
  requireManualMove,
  type Trigger,
} from './machine.js';
import { OPEN_STAGES, STAGES_FROM_AGREED } from './opportunity.js';

const machines = Object.values(MACHINES);
const named = machines.map((machine) => [machine.name, machine] as const);

function reachable(machine: Machine): Set<string> {
  const seen = new Set<string>();
  let fresh = machine.edges.filter((edge) => edge.from === null).map((edge) => edge.to);
  while (fresh.length > 0) {
    for (const state of fresh) seen.add(state);
    fresh = machine.edges.filter((edge) => edge.from !== null && seen.has(edge.from) && !seen.has(edge.to)).map((edge) => edge.to);
  }
  return seen;
}

describe.each(named)('the %s machine', (_name, machine) => {
  it('reaches every state from its creation', () => {
    expect([...reachable(machine)].sort()).toEqual([...machine.states].sort());
  });

  it('leads every state that is not terminal to an end', () => {
    const dead = machine.states.filter((state) => !isTerminal(machine, state) && !machine.edges.some((edge) => edge.from === state));

    expect(dead).toEqual([]);
  });

  it('has each edge once', () => {
    const pairs = machine.edges.map((edge) => `${edge.from ?? '-'} > ${edge.to}`);

    expect(pairs.filter((pair, at) => pairs.indexOf(pair) !== at)).toEqual([]);
  });

  it('names only its own states and known events, and somebody for every edge', () => {
    for (const edge of machine.edges) {
      expect(machine.states).toContain(edge.to);
      expect(edge.from === null || machine.states.includes(edge.from)).toBe(true);
      expect(edge.by.length).toBeGreaterThan(0);
      expect(edge.on.filter((kind) => !PIPELINE_EVENT_KINDS.includes(kind))).toEqual([]);
    }
  });

  it('never stays where it is by an edge', () => {
    expect(machine.edges.filter((edge) => edge.from === edge.to)).toEqual([]);
  });

  it('answers every pair of states: the move, or a refusal that lists what is allowed', () => {
    for (const from of machine.states) {
      const allowed = machine.edges.filter((edge) => edge.from === from && edge.by.includes('person')).map((edge) => edge.to);
      for (const to of [...machine.states, 'nonsense']) {
        if (allowed.includes(to)) {
          expect(requireManualMove(machine, from, to).to).toBe(to);
        } else {
          expect(refusal(machine, from, to)?.facts).toEqual({ from, to, allowed });
        }
      }
    }
  });
});

function refusal(machine: Machine, from: string, to: string): IllegalTransition | undefined {
  try {
    requireManualMove(machine, from, to);
  } catch (error) {
    if (error instanceof IllegalTransition) return error;
    throw error;
  }
  return undefined;
}

describe('ways out of an end', () => {
  // state-model principle 7: leaving a terminal state needs an edge of its own; these are all there are.
  it.each<[MachineName, string[]]>([
    [
      'opportunity',
      [
        'completed > engaged',
        'declined > do_not_contact',
        'declined > engaged',
        'declined > live',
        'declined > qualified',
        'disqualified > do_not_contact',
        'disqualified > engaged',
        'disqualified > live',
        'disqualified > qualified',
        'do_not_contact > qualified',
        'no_response > do_not_contact',
        'no_response > engaged',
        'no_response > live',
        'no_response > qualified',
      ],
    ],
    ['enrollment', ['finished > active', 'finished > replied', 'finished > unsubscribed', 'replied > active', 'stopped > replied']],
    ['message', []],
    [
      'pitch',
      [
        'defaulted > draft',
        'defaulted > published_reported',
        'expired > countered',
        'expired > draft',
        'expired > published_reported',
        'rejected > draft',
        'withdrawn > draft',
      ],
    ],
    ['backlink', []],
  ])('%s: only the listed ones', (name, ways) => {
    const machine: Machine = MACHINES[name];
    const out = machine.edges.filter((edge) => edge.from !== null && isTerminal(machine, edge.from)).map((edge) => `${edge.from} > ${edge.to}`);

    expect(out.sort()).toEqual(ways);
  });
});

describe('what a person may do', () => {
  it.each(['live', 'at_risk', 'lost_link'])('never puts a card on %s by hand', (stage) => {
    const machine: Machine = MACHINES.opportunity;

    expect(machine.states.filter((from) => manualMoves(machine, from).some((move) => move.to === stage))).toEqual([]);
  });

  it.each(['live', 'degraded', 'lost', 'rejected'])('calls a backlink %s only from needs_review and with an attestation', (state) => {
    const machine: Machine = MACHINES.backlink;
    const ways = machine.states.flatMap((from) =>
      manualMoves(machine, from)
        .filter((move) => move.to === state)
        .map((move) => [from, move.requires]),
    );

    expect(ways).toEqual([['needs_review', ['attestation']]]);
  });

  it.each<[MachineName, string, string]>([
    ['message', 'scheduled', 'sent'],
    ['message', 'claimed', 'cancelled'],
    ['message', 'transmitting', 'scheduled'],
    ['enrollment', 'stopped', 'active'],
    ['enrollment', 'unsubscribed', 'active'],
    ['enrollment', 'blocked', 'active'],
    ['pitch', 'draft', 'pitched'],
    ['pitch', 'pitched', 'expired'],
    ['opportunity', 'written_off', 'qualified'],
  ])('%s: may not go from %s to %s', (name, from, to) => {
    expect(() => requireManualMove<string>(MACHINES[name], from, to)).toThrow(IllegalTransition);
  });

  it.each<[MachineName, string, ManualMove]>([
    ['opportunity', 'do_not_contact', { to: 'qualified', requires: ['reason'], managersOnly: true }],
    ['opportunity', 'declined', { to: 'qualified', requires: ['reason'], managersOnly: true }],
    ['opportunity', 'new', { to: 'disqualified', requires: ['reason'], managersOnly: false }],
    ['enrollment', 'replied', { to: 'active', requires: ['reason'], managersOnly: false }],
    ['message', 'delivery_unknown', { to: 'scheduled', requires: ['reason'], managersOnly: false }],
    ['pitch', 'pitched', { to: 'accepted', requires: ['agreement'], managersOnly: false }],
    ['pitch', 'scheduled', { to: 'published_reported', requires: ['liveUrl'], managersOnly: false }],
    ['backlink', 'rejected', { to: 'reported', requires: ['sourceUrl'], managersOnly: false }],
  ])('%s, from %s: %j', (name, from, move) => {
    expect(requireManualMove<string>(MACHINES[name], from, move.to)).toEqual(move);
  });
});

describe('rows of the tables', () => {
  it.each<[MachineName, string | null, string, readonly Trigger[]]>([
    ['opportunity', null, 'new', ['person', 'automation']],
    ['opportunity', 'ready', 'contacting', ['automation']],
    ['opportunity', 'contacting', 'no_response', ['schedule']],
    ['opportunity', 'awaiting_live', 'live', ['verifier']],
    ['opportunity', 'lost_link', 'engaged', ['inbound']],
    ['opportunity', 'live', 'completed', ['schedule', 'person']],
    ['opportunity', 'negotiating', 'do_not_contact', ['inbound', 'prospect', 'person']],
    ['enrollment', 'active', 'blocked', ['guard']],
    ['enrollment', 'pending', 'stopped', ['person', 'automation', 'verifier']],
    ['message', 'scheduled', 'claimed', ['schedule']],
    ['message', 'transmitting', 'delivery_unknown', ['automation', 'guard']],
    ['pitch', 'published_reported', 'published_verified', ['verifier', 'person']],
    ['pitch', 'pitched', 'expired', ['schedule']],
    ['backlink', 'suspect', 'lost', ['verifier']],
    ['backlink', 'needs_review', 'lost', ['person']],
    ['backlink', 'live', 'closed', ['schedule']],
  ])('%s: %s to %s is moved by %j', (name, from, to, by) => {
    const machine: Machine = MACHINES[name];

    expect(machine.edges.find((edge) => edge.from === from && edge.to === to)?.by).toEqual(by);
  });

  it.each<[MachineName, string, string]>([
    ['opportunity', 'lost_link', 'at_risk'],
    ['opportunity', 'live', 'do_not_contact'],
    ['opportunity', 'agreed', 'do_not_contact'],
    ['opportunity', 'agreed', 'engaged'],
    ['enrollment', 'unsubscribed', 'replied'],
    ['message', 'delivery_unknown', 'claimed'],
    ['message', 'sent', 'scheduled'],
    ['backlink', 'live', 'lost'],
    ['backlink', 'verifying', 'lost'],
    ['backlink', 'closed', 'live'],
  ])('%s: nothing leads from %s straight to %s', (name, from, to) => {
    const machine: Machine = MACHINES[name];

    expect(machine.edges.some((edge) => edge.from === from && edge.to === to)).toBe(false);
  });

  it('one check never makes a link under review lost', () => {
    expect(edgeOnEvent(MACHINES.backlink, 'needs_review', 'lost', 'link_checked')).toBeUndefined();
  });

  it('either closes or blocks a card at an opt-out, whatever its stage', () => {
    const machine: Machine = MACHINES.opportunity;
    const neither = machine.states.filter(
      (stage) => !edgeOnEvent(machine, stage, 'do_not_contact', 'opted_out') && !(STAGES_FROM_AGREED as readonly string[]).includes(stage),
    );

    expect(neither).toEqual(['do_not_contact']);
  });

  it('counts as open what is not at an end', () => {
    expect(OPEN_STAGES.filter((stage) => isTerminal(MACHINES.opportunity, stage))).toEqual([]);
    expect(OPEN_STAGES).toHaveLength(12);
  });

  it('lists every machine under its own name', () => {
    expect(MACHINE_NAMES.map((name) => MACHINES[name].name)).toEqual([...MACHINE_NAMES]);
  });
});
