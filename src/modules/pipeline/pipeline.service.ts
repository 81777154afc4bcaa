import { Injectable } from '@nestjs/common';
import type { EntityManager, ObjectLiteral } from 'typeorm';
import { NotFound, RuleViolation, VersionMismatch, Forbidden } from '../../domain/errors.js';
import { MACHINES } from '../../domain/machines/all-machines.js';
import type { PipelineEventKind } from '../../domain/machines/event-kinds.js';
import { edgeOnEvent, requireManualMove, type MachineName } from '../../domain/machines/machine.js';
import { effectsOf } from '../../domain/pipeline-effects.js';
import type { PipelineEvent } from '../../domain/pipeline-events.js';
import { isManager } from '../../domain/permissions.js';
import type { Effects } from '../../domain/pipeline-snapshot.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { rows } from '../../platform/database/sql.js';
import { appendEvents } from '../../platform/events/outbox.js';
import { newId } from '../../platform/ids.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { Backlink } from './backlink.entity.js';
import { Enrollment } from './enrollment.entity.js';
import { Message } from './message.entity.js';
import { Opportunity } from './opportunity.entity.js';
import { leaveNote } from './left-for-people.service.js';
import { eventOfFact, eventsOfHistory, subjectOf } from './pipeline-announcer.js';
import { assertApart, scopeOf, scopeOfMessage, type MessageOfCard } from './pipeline-scope.js';
import { lockSnapshot, lockSnapshots, type LockedSnapshot } from './pipeline-snapshot.queries.js';
import { writeFacts, writeHistory, writeStates, writeTasks, writeTurns, type HistoryRow, type Occasion } from './pipeline-writer.js';
import { Pitch } from './pitch.entity.js';

const ENTITIES = { opportunity: Opportunity, enrollment: Enrollment, message: Message, pitch: Pitch, backlink: Backlink } as const;

/** A row of a machine to be made. */
export interface NewThing {
  readonly machine: MachineName;
  /** One of the states that the table lets it begin in, on this event. */
  readonly state: string;
  readonly on: PipelineEventKind;
  /** The columns; state, version and workspace are pipeline's to set. */
  readonly row: Readonly<Record<string, unknown>> & { readonly id: string };
}

export interface MoveByHand {
  readonly machine: MachineName;
  readonly id: string;
  readonly to: string;
  readonly ifVersion: IfVersion;
  /** A person's words: they stand with the state and as a note, never in the history (promise 8). */
  readonly reason?: string | undefined;
  /** In place of words, when the product itself moves in a person's stead. */
  readonly reasonCode?: string;
  /** Facts that came with the move, by the names the table asks for; `reason` counts by itself. */
  readonly given?: readonly string[];
}

/** The one door to the five machines: locks, moves, writes history, events and tasks, all in the caller's transaction. */
@Injectable()
export class Pipeline {
  constructor(private readonly clock: Clock) {}

  /**
   * Lets an event happen: moves what state-model 7 says, nothing else. The same `eventId` twice moves once.
   * @returns the moves that were made; none when nothing had to move or the event is known
   */
  async record(tx: EntityManager, actor: Actor, event: PipelineEvent, eventId?: string): Promise<Effects> {
    const at = this.clock.now();
    const now = await lockSnapshot(tx, actor.workspaceId, await scopeOf(tx, actor.workspaceId, event), at);
    if (eventId !== undefined && (await isKnown(tx, actor.workspaceId, eventId))) return NO_EFFECTS;
    return this.apply(tx, { actor, eventId: eventId ?? newId(), kind: event.kind, at }, event, now);
  }

  /**
   * Records that many messages were sent, each of another card, in as many statements as for one. Each moves what it would
   * have moved alone.
   * @returns the ids of those that moved
   */
  async recordAllSent(tx: EntityManager, actor: Actor, messages: readonly MessageOfCard[]): Promise<ReadonlySet<string>> {
    const kind = 'message_sent';
    const at = this.clock.now();
    const scopes = messages.map(scopeOfMessage);
    assertApart(scopes);
    const snapshots = await lockSnapshots(tx, actor.workspaceId, scopes, at);
    const happenings = messages.flatMap(({ id: messageId }, place): Happening[] => {
      const now = snapshots[place];
      return now ? [happeningOf({ actor, eventId: newId(), kind, at }, { kind, messageId }, now)] : [];
    });
    await this.write(tx, happenings);
    return new Set(messages.filter((_, place) => (happenings[place]?.effects.moves.length ?? 0) > 0).map(({ id }) => id));
  }

  /**
   * Moves a machine because a person says so.
   * @throws NotFound, VersionMismatch, IllegalTransition, Forbidden, RuleViolation `fact_required`
   */
  async move(tx: EntityManager, actor: Actor, input: MoveByHand): Promise<Effects> {
    const { machine, id } = input;
    const reason = input.reasonCode ?? input.reason;
    const event: PipelineEvent = { kind: 'moved_by_hand', machine, subjectId: id, to: input.to, ...(reason !== undefined && { reason }) };
    const at = this.clock.now();
    const now = await lockSnapshot(tx, actor.workspaceId, await scopeOf(tx, actor.workspaceId, event), at);
    const subject = subjectOf(now, machine, id);
    if (!subject) throw new NotFound(machine);
    if (input.ifVersion !== '*' && input.ifVersion !== subject.version) throw new VersionMismatch();
    const from = stateIn(now, machine, id);
    const move = requireManualMove(MACHINES[machine], from, input.to);
    if (move.managersOnly && !isManager(actor.role)) throw new Forbidden('Only a manager or an owner may take this step.');
    const missing = move.requires.filter((fact) => !(fact === 'reason' ? reason : input.given?.includes(fact)));
    if (missing.length > 0) {
      throw new RuleViolation('fact_required', `The step to ${input.to} needs: ${missing.join(', ')}.`, {
        errors: missing.map((fact) => ({ pointer: `/${fact}`, detail: 'is needed for this step' })),
      });
    }
    const words = input.reasonCode === undefined ? input.reason : undefined;
    const effects = await this.apply(tx, { actor, eventId: newId(), kind: event.kind, at, words }, event, now);
    if (words) await leaveNote(tx, actor.workspaceId, { subjectType: machine, subjectId: id, authorId: actor.memberId, text: words, at });
    return effects;
  }

  /** Makes a row of a machine, with the first line of its history. */
  async create(tx: EntityManager, actor: Actor, thing: NewThing): Promise<void> {
    const { machine, state, on, row } = thing;
    if (!edgeOnEvent(MACHINES[machine], null, state, on)) throw new Error(`A ${machine} cannot begin as ${state} on ${on}.`);
    const at = this.clock.now();
    const begins = machine === 'opportunity' ? { stage: state, stageChangedAt: at } : { state, stateChangedAt: at };
    await tx
      .createQueryBuilder()
      .insert()
      .into<ObjectLiteral>(ENTITIES[machine])
      .values({ createdAt: at, ...row, ...begins, workspaceId: actor.workspaceId, version: 1 })
      .updateEntity(false)
      .execute();
    const occasion: Occasion = { actor, eventId: newId(), kind: on, at };
    const history: HistoryRow[] = [{ machine, id: row.id, from: null, to: state, step: 0, note: null }];
    await writeHistory(tx, occasion, history);
    if (machine !== 'backlink') return; // only a reported link is news by its making
    const made = await lockSnapshot(tx, actor.workspaceId, { opportunityIds: [], messageId: null, contactId: null, backlinkId: row.id }, at);
    await appendEvents(tx, eventsOfHistory(occasion, history, made));
  }

  private async apply(tx: EntityManager, occasion: Occasion, event: PipelineEvent, now: LockedSnapshot): Promise<Effects> {
    const happening = happeningOf(occasion, event, now);
    await this.write(tx, [happening]);
    return happening.effects;
  }

  /** Happenings of one kind, by one actor, at one time. */
  private async write(tx: EntityManager, happenings: readonly Happening[]): Promise<void> {
    const [first] = happenings;
    if (!first) return;
    const { occasion } = first;
    const all = <T>(of: (effects: Effects) => readonly T[]): T[] => happenings.flatMap(({ effects }) => of(effects));
    await writeStates(
      tx,
      occasion,
      all(({ moves }) => moves),
    );
    await writeHistory(
      tx,
      occasion,
      happenings.flatMap(({ history }) => history),
    );
    await writeTasks(
      tx,
      occasion,
      all(({ tasks }) => tasks),
    );
    await writeFacts(tx, happenings);
    await writeTurns(
      tx,
      occasion,
      all(({ turns }) => turns),
    );
    await appendEvents(
      tx,
      happenings.flatMap((one) => [...eventOfFact(one.occasion, one.event, one.now), ...eventsOfHistory(one.occasion, one.history, one.now, one.event)]),
    );
  }
}

const NO_EFFECTS: Effects = { moves: [], facts: [], tasks: [], blockContact: [], contactedProspects: [], turns: [] };

/** One event with all that it does. */
interface Happening {
  readonly occasion: Occasion;
  readonly event: PipelineEvent;
  readonly now: LockedSnapshot;
  readonly effects: Effects;
  readonly history: readonly HistoryRow[];
  /** Whom the mail went to, where there was one. */
  readonly contactIds: readonly string[];
}

function happeningOf(occasion: Occasion, event: PipelineEvent, now: LockedSnapshot): Happening {
  const effects = effectsOf(event, now);
  const history = historyOf(effects, now, occasion.words).map((row) => ({ ...row, eventId: occasion.eventId }));
  return { occasion, event, now, effects, history, contactIds: contactsWrittenTo(event, now) };
}

async function isKnown(tx: EntityManager, workspaceId: string, eventId: string): Promise<boolean> {
  const known = await rows(
    tx,
    `SELECT FROM state_changes WHERE workspace_id = $1 AND event_id = $2 UNION ALL SELECT FROM events WHERE workspace_id = $1 AND id = $2 LIMIT 1`,
    [workspaceId, eventId],
  );
  return known.length > 0;
}

function stateIn(now: LockedSnapshot, machine: MachineName, id: string): string {
  const subject = subjectOf(now, machine, id);
  return String(subject?.[machine === 'opportunity' ? 'stage' : 'state']);
}

/** Whom the mail went to that the event is about; or who is enrolled, when a person wrote to them from their own mailbox. */
function contactsWrittenTo(event: PipelineEvent, now: LockedSnapshot): string[] {
  const id = 'messageId' in event ? event.messageId : 'enrollmentId' in event ? event.enrollmentId : 'subjectId' in event ? event.subjectId : null;
  return [...now.messages, ...now.enrollments].flatMap((row) => (row.id === id && row.contactId !== null ? [row.contactId] : []));
}

/** Each move with the state it left; the second step of a row leaves the state the first one reached. `words` stay out of it. */
function historyOf(effects: Effects, now: LockedSnapshot, words: string | undefined): HistoryRow[] {
  const reached = new Map<string, { state: string; step: number }>();
  return effects.moves.map((move) => {
    const key = `${move.machine} ${move.id}`;
    const before = reached.get(key);
    const step = before ? before.step + 1 : 0;
    reached.set(key, { state: move.to, step });
    return {
      machine: move.machine,
      id: move.id,
      from: before?.state ?? stateIn(now, move.machine, move.id),
      to: move.to,
      step,
      note: move.reason === words ? null : (move.reason ?? null),
    };
  });
}
