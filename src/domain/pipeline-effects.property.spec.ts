import fc from 'fast-check';
import { anyHistory, anyWorld } from '../../test/support/pipeline-arbitraries.js';
import { MACHINES } from './machines/all-machines.js';
import type { PipelineEventKind } from './machines/event-kinds.js';
import { type Edge, isTerminal, type Machine, manualMoves, type MachineName } from './machines/machine.js';
import { announcementsOf } from './pipeline-announcements.js';
import { effectsOf } from './pipeline-effects.js';
import type { PipelineEvent } from './pipeline-events.js';
import type { Move, Snapshot } from './pipeline-snapshot.js';

const UNSENT = ['draft', 'pending_approval', 'scheduled', 'claimed'];
const OPEN = ['pending', 'active', 'paused', 'postponed', 'blocked'];
const FROM_AGREED = ['agreed', 'in_production', 'awaiting_live', 'live', 'at_risk', 'lost_link', 'completed', 'written_off'];
const ANSWERS: PipelineEventKind[] = [
  'reply_received',
  'reply_classified',
  'auto_reply_received',
  'contact_left',
  'bounced_hard',
  'bounced_soft',
  'complained',
  'opted_out',
];
/** The facts that a person's move of another machine may stand for. */
const BY_WORD: PipelineEventKind[] = [
  'moved_by_hand',
  'message_found_sent',
  'enrollment_unblocked',
  'reply_classified',
  'agreement_made',
  'writing_started',
  'draft_sent',
  'link_checked',
];
/** Every row that takes more than one step at once (state-model 7 and 4). */
const TWO_STEPS = [
  /^opportunity (contacting|no_response) engaged (negotiating|agreed)$/,
  /^backlink reported verifying (live|degraded|reported|rejected|needs_review)$/,
  /^message transmitting failed_temporary scheduled( cancelled)?$/,
  /^message transmitting scheduled cancelled$/,
];

interface Step {
  readonly event: PipelineEvent;
  readonly machine: MachineName;
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** What `pipeline` does, without a database: rows in memory, moved one step after the other. */
class Interpreter {
  private readonly states = new Map<string, string>();
  private readonly seenLive: Set<string>;
  readonly announced: { readonly id: string; readonly type: string }[] = [];

  constructor(private readonly world: Snapshot) {
    for (const row of world.opportunities) this.states.set(row.id, row.stage);
    for (const row of [...world.enrollments, ...world.messages, ...world.pitches, ...world.backlinks]) this.states.set(row.id, row.state);
    this.seenLive = new Set(world.backlinks.filter((row) => row.firstLiveAt).map((row) => row.id));
  }

  stateOf(id: string): string {
    return this.states.get(id)!;
  }

  /** The rows under lock: of the messages only those not yet on the wire, and the one the event names. */
  snapshot(event: PipelineEvent): Snapshot {
    const subject = 'messageId' in event ? event.messageId : event.kind === 'moved_by_hand' ? event.subjectId : null;
    const now = <R extends { readonly id: string }>(row: R): R => ({ ...row, state: this.stateOf(row.id) });
    return {
      opportunities: this.world.opportunities.map((row) => ({ ...row, stage: this.stateOf(row.id) as typeof row.stage })),
      enrollments: this.world.enrollments.map(now),
      messages: this.world.messages.map(now).filter((row) => UNSENT.includes(row.state) || row.id === subject),
      pitches: this.world.pitches.map(now),
      backlinks: this.world.backlinks.map(now),
    };
  }

  /** Applies an event as the service would: a move by hand only where the table lets a person take it. */
  apply(event: PipelineEvent): Step[] {
    if (event.kind === 'moved_by_hand' && !this.mayMove(event)) return [];
    return effectsOf(event, this.snapshot(event)).moves.map((move) => this.move(event, move));
  }

  private mayMove(event: Extract<PipelineEvent, { kind: 'moved_by_hand' }>): boolean {
    const machine: Machine = MACHINES[event.machine];
    const ended = this.world.messages.some((row) => row.id === event.subjectId && row.enrollmentId && !OPEN.includes(this.stateOf(row.enrollmentId)));
    // A resend after a stop is refused by the final check of the claim (F27), which is not part of this world.
    if (event.to === 'scheduled' && ended) return false;
    return manualMoves(machine, this.stateOf(event.subjectId)).some((move) => move.to === event.to);
  }

  private move(event: PipelineEvent, { machine, id, to }: Move): Step {
    const step = { event, machine, id, from: this.stateOf(id), to };
    for (const type of announcementsOf({ machine, from: step.from, to, wasLive: this.seenLive.has(id) })) this.announced.push({ id, type });
    if (machine === 'backlink' && to === 'live') this.seenLive.add(id);
    this.states.set(id, to);
    return step;
  }
}

/** Plays a history and hands every event's steps to `check`. */
function always(check: (steps: readonly Step[], event: PipelineEvent, after: Interpreter, world: Snapshot) => void): void {
  fc.assert(
    fc.property(anyWorld, anyHistory, (world, history) => {
      const interpreter = new Interpreter(world);
      for (const event of history) check(interpreter.apply(event), event, interpreter, world);
    }),
    { numRuns: 400 },
  );
}

function edgesOf(step: Step): Edge[] {
  const machine: Machine = MACHINES[step.machine];
  return machine.edges.filter((edge) => edge.from === step.from && edge.to === step.to);
}

describe('any history of events', () => {
  it('takes only edges of the tables that name the event, and none that is a person’s alone', () => {
    always((steps, event) => {
      for (const step of steps) {
        const own = event.kind === 'moved_by_hand' && event.subjectId === step.id;
        const kinds = event.kind === 'moved_by_hand' ? BY_WORD : [event.kind];
        const taken = edgesOf(step).some(
          (edge) => own || (edge.on.some((kind) => kinds.includes(kind)) && edge.by.some((trigger) => trigger !== 'person')),
        );
        expect([step, taken]).toEqual([step, true]);
      }
    });
  });

  it('takes a row two steps at once only along the listed pairs', () => {
    always((steps) => {
      for (const id of new Set(steps.map((step) => step.id))) {
        const own = steps.filter((step) => step.id === id);
        if (own.length < 2) continue;
        const path = [own[0]!.machine, own[0]!.from, ...own.map((step) => step.to)].join(' ');
        expect([path, TWO_STEPS.some((pair) => pair.test(path))]).toEqual([path, true]);
      }
    });
  });

  it('leaves no mail waiting under an ended enrollment, and puts none of it on the wire', () => {
    always((steps, event, now, world) => {
      const ended = world.messages.filter((row) => row.enrollmentId !== null && !OPEN.includes(now.stateOf(row.enrollmentId)));
      const waiting = ended.filter((row) => UNSENT.includes(now.stateOf(row.id)));
      const went = steps.filter((step) => ended.some((row) => row.id === step.id) && ['claimed', 'transmitting'].includes(step.to));
      expect({ event, waiting, went }).toEqual({ event, waiting: [], went: [] });
    });
  });

  it('leaves no follow-up waiting after a reply at its card, and lets none of it out until it is their turn again', () => {
    always((_steps, event, now, world) => {
      const followUps = world.messages.filter((row) => row.followUp === true);
      const answered = event.kind === 'reply_received' ? followUps.filter((row) => row.contactId === event.contactId) : [];
      const waiting = answered.filter((row) => UNSENT.includes(now.stateOf(row.id)));
      expect({ event, waiting }).toEqual({ event, waiting: [] });
    });
  });

  /** One that is on the wire then may come back: whether it is tried again says the final check, which knows who is suppressed (F27). */
  it('never lets out a mail that waited when its recipient opted out, complained or was erased', () => {
    fc.assert(
      fc.property(anyWorld, anyHistory, (world, history) => {
        const interpreter = new Interpreter(world);
        const stopped = new Set<string>();
        for (const event of history) {
          const waited = world.messages.filter((row) => UNSENT.includes(interpreter.stateOf(row.id)));
          const out = interpreter.apply(event).filter(({ machine, to }) => machine === 'message' && ['claimed', 'transmitting'].includes(to));
          expect({ event, out: out.filter(({ id }) => stopped.has(id)) }).toEqual({ event, out: [] });
          if (event.kind !== 'opted_out' && event.kind !== 'complained' && event.kind !== 'contact_erased') continue;
          for (const { id, contactId } of waited) if (contactId === event.contactId) stopped.add(id);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('closes a card with everything that runs or waits for it', () => {
    always((steps, event, now, world) => {
      for (const { id, to } of steps.filter((step) => step.machine === 'opportunity' && isTerminal(MACHINES.opportunity, step.to))) {
        const running = world.enrollments.filter((row) => row.opportunityId === id && OPEN.includes(now.stateOf(row.id)));
        const waiting = world.messages.filter((row) => row.opportunityId === id && UNSENT.includes(now.stateOf(row.id)));
        expect({ event, to, running, waiting }).toEqual({ event, to, running: [], waiting: [] });
      }
    });
  });

  it('never gives a card back, nor calls it silent, while someone is still being written to', () => {
    always((steps, _event, now, world) => {
      for (const step of steps.filter(({ from, to }) => from === 'contacting' && ['ready', 'disqualified', 'no_response'].includes(to))) {
        expect(world.enrollments.filter((row) => row.opportunityId === step.id && OPEN.includes(now.stateOf(row.id)))).toEqual([]);
      }
    });
  });

  it('never takes a card off a deal or a live link by an answer; only a reply reopens a lost link or a completed card', () => {
    always((steps, event) => {
      if (!ANSWERS.includes(event.kind)) return;
      const off = steps
        .filter((step) => step.machine === 'opportunity' && FROM_AGREED.includes(step.from))
        .map((step) => `${event.kind}: ${step.from} > ${step.to}`);
      expect(off.filter((way) => !/^reply_received: (lost_link|completed) > engaged$/.test(way))).toEqual([]);
    });
  });

  it('puts a card on live, at_risk or lost_link only after a look at a link', () => {
    always((steps, event) => {
      const byLook = event.kind === 'link_checked' || (event.kind === 'moved_by_hand' && event.machine === 'backlink');
      const told = steps.filter((step) => step.machine === 'opportunity' && ['live', 'at_risk', 'lost_link'].includes(step.to));
      expect(byLook ? [] : told).toEqual([]);
    });
  });

  it('changes nothing at all when a check could not see', () => {
    always((steps, event) => {
      if (event.kind === 'link_checked' && event.to === null) expect(steps).toEqual([]);
    });
  });

  it('announces a link live at most once, and lost twice only with a recovery between', () => {
    fc.assert(
      fc.property(anyWorld, anyHistory, (world, history) => {
        const interpreter = new Interpreter(world);
        for (const event of history) interpreter.apply(event);
        for (const link of world.backlinks) {
          const told = interpreter.announced.filter((entry) => entry.id === link.id).map((entry) => entry.type);
          expect(told.filter((type) => type === 'backlink.live').length).toBeLessThanOrEqual(link.firstLiveAt ? 0 : 1);
          const turns = told.filter((type) => type === 'backlink.lost' || type === 'backlink.recovered');
          expect(turns.filter((type, at) => type === turns[at - 1])).toEqual([]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('wishes each fact and task only of rows that exist', () => {
    fc.assert(
      fc.property(anyWorld, anyHistory, (world, history) => {
        const ids = new Set([
          'contact-1',
          'contact-2',
          ...Object.values(world).flatMap((rows: readonly { id: string }[]) => rows.map((row) => row.id)),
        ]);
        for (const event of history) {
          const effects = effectsOf(event, world);
          expect(
            [...effects.facts.map((wish) => wish.messageId), ...effects.tasks.map((wish) => wish.subjectId)].filter((id) => !ids.has(id)),
          ).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
