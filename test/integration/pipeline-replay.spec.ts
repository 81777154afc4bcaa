import fc from 'fast-check';
import { DomainError } from '../../src/domain/errors.js';
import { MACHINES } from '../../src/domain/machines/all-machines.js';
import type { MachineName } from '../../src/domain/machines/machine.js';
import type { PipelineEventKind } from '../../src/domain/machines/event-kinds.js';
import type { PipelineEvent } from '../../src/domain/pipeline-events.js';
import { Pipeline } from '../../src/modules/pipeline/pipeline.service.js';
import { transact } from '../../src/platform/database/transact.js';
import { newId } from '../../src/platform/ids.js';
import { auditEvents, expectCatalogued } from '../support/catalogued-events.js';
import { makeCampaign, makeContact } from '../support/factories.js';
import { anyHistory } from '../support/pipeline-arbitraries.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const HISTORIES = 12;

interface Line {
  readonly machine: MachineName;
  readonly subject_id: string;
  readonly from_state: string | null;
  readonly to_state: string;
}

describe('the history of the machines', () => {
  let test: TestApp;
  let pipeline: Pipeline;

  beforeAll(async () => {
    test = await createTestApp();
    pipeline = test.app.get(Pipeline);
  });

  afterAll(async () => {
    await expectCatalogued(test.db);
    await test.close();
  });

  it('replayed from empty gives every present state, whatever happened', async () => {
    const histories = fc.sample(anyHistory, { numRuns: HISTORIES, seed: 20261102 });
    let moves = 0;
    for (const history of histories) {
      const ids = await makeWorld();
      for (const event of history) moves += await happen(withIds(event, ids));
    }

    const replayed = replay(await linesOfHistory());

    expect(replayed).toEqual(await presentStates());
    expect(moves).toBeGreaterThan(50);
    expect((await auditEvents(test.db)).types.length).toBeGreaterThan(12); // afterAll holds each to its schema
  }, 60_000);

  /** @returns how many moves it made; a move by hand that the table refuses makes none */
  async function happen(event: PipelineEvent): Promise<number> {
    const { actor } = test.owner;
    try {
      const effects = await transact(test.db, (tx) =>
        event.kind === 'moved_by_hand'
          ? pipeline.move(tx, actor, {
              ...{ machine: event.machine, id: event.subjectId, to: event.to, ifVersion: '*', reason: 'by hand' },
              given: ['sourceUrl', 'liveUrl', 'agreement', 'draftDueOn', 'publishOn', 'attestation'],
            })
          : pipeline.record(tx, actor, event),
      );
      return effects.moves.length;
    } catch (error) {
      if (error instanceof DomainError) return 0;
      throw error;
    }
  }

  /** The world of the arbitraries as rows, each made by the pipeline itself: their names with the ids they got. */
  async function makeWorld(): Promise<ReadonlyMap<string, string>> {
    const { workspaceId, actor } = test.owner;
    const { db } = test;
    const ids = new Map<string, string>();
    const id = (name: string): string => ids.get(name) ?? ids.set(name, newId()).get(name)!;
    const create = (machine: MachineName, state: string, on: PipelineEventKind, row: Record<string, unknown> & { id: string }) =>
      transact(db, (tx) => pipeline.create(tx, actor, { machine, state, on, row }));

    const campaigns = [await makeCampaign(db, workspaceId), await makeCampaign(db, workspaceId)];
    const first = await makeContact(db, workspaceId, { id: id('contact-1') });
    const prospectId = first.prospectId!;
    await makeContact(db, workspaceId, { id: id('contact-2'), prospectId });
    const [version] = await db.query<{ id: string }[]>(`SELECT id FROM sequence_versions WHERE workspace_id = $1 LIMIT 1`, [workspaceId]);
    const place = (card: number) => ({ projectId: campaigns[card]!.projectId, campaignId: campaigns[card]!.id });

    for (const card of [0, 1]) await create('opportunity', 'new', 'opportunity_created', { id: id(`card-${card + 1}`), prospectId, ...place(card) });
    for (const [name, card, contact] of [
      ['enrollment-1', 0, 'contact-1'],
      ['enrollment-2', 0, 'contact-2'],
      ['enrollment-3', 1, 'contact-1'],
    ] as const) {
      const of = { opportunityId: id(`card-${card + 1}`), contactId: id(contact), prospectId, sequenceVersionId: version!.id };
      await create('enrollment', 'pending', 'enrolled', { id: id(name), ...of, ...place(card), threadId: newId() });
    }
    for (const [name, card] of [
      ['pitch-1', 0],
      ['pitch-2', 1],
    ] as const)
      await create('pitch', 'draft', 'pitch_created', { id: id(name), opportunityId: id(`card-${card + 1}`), projectId: place(card).projectId });
    for (const [name, card, contact, enrollment, pitch] of [
      ['message-1', 0, 'contact-1', 'enrollment-1', 'pitch-1'],
      ['message-2', 0, 'contact-2', 'enrollment-2', null],
      ['message-3', 1, 'contact-1', 'enrollment-3', null],
      ['message-4', 1, 'contact-2', null, 'pitch-2'],
      ['message-5', 0, 'contact-1', 'enrollment-1', null],
      ['message-6', 0, 'contact-1', null, null],
    ] as const) {
      const mail = { direction: 'out', source: 'person', fromAddress: 'ann@shop.example', toAddress: 'ed@tea.example', commercial: true };
      const of = { opportunityId: id(`card-${card + 1}`), contactId: id(contact), prospectId, mailboxId: campaigns[card]!.mailboxIds[0] };
      const more = { enrollmentId: enrollment && id(enrollment), pitchId: pitch && id(pitch), referenceIds: [], attempts: 0 };
      const waits = name === 'message-6' && { followUpOf: id('message-1'), followUpDays: 3 };
      await create('message', 'scheduled', 'message_queued', {
        id: id(name),
        ...mail,
        ...of,
        ...more,
        ...waits,
        ...place(card),
        nextAt: test.clock.now(),
      });
    }
    for (const [name, card, required] of [
      ['link-1', 0, true],
      ['link-2', 0, true],
      ['link-3', 1, false],
    ] as const) {
      const url = `https://tea.example/${id(name)}`;
      const link = { origin: 'outreach', sourceUrl: url, sourceKey: url, targetUrl: url, targetKey: url, paid: false, required };
      await create('backlink', 'reported', 'link_reported', { id: id(name), opportunityId: id(`card-${card + 1}`), ...place(card), ...link });
    }
    return ids;
  }

  async function linesOfHistory(): Promise<Line[]> {
    const sql = `SELECT machine, subject_id, from_state, to_state FROM state_changes WHERE workspace_id = $1 ORDER BY at, id`;
    return await test.db.query<Line[]>(sql, [test.owner.workspaceId]);
  }

  async function presentStates(): Promise<Record<string, string>> {
    const sql = Object.keys(MACHINES)
      .map((machine) => TABLE[machine as MachineName])
      .map(({ table, column }) => `SELECT id, ${column} AS state FROM ${table} WHERE workspace_id = $1`)
      .join(' UNION ALL ');
    const rows = await test.db.query<{ id: string; state: string }[]>(sql, [test.owner.workspaceId]);
    return Object.fromEntries(rows.map(({ id, state }) => [id, state]));
  }
});

const TABLE: Readonly<Record<MachineName, { readonly table: string; readonly column: string }>> = {
  opportunity: { table: 'opportunities', column: 'stage' },
  enrollment: { table: 'enrollments', column: 'state' },
  message: { table: 'messages', column: 'state' },
  pitch: { table: 'pitches', column: 'state' },
  backlink: { table: 'backlinks', column: 'state' },
};

/** Each line must leave the state that the line before has reached. */
function replay(lines: readonly Line[]): Record<string, string> {
  const states: Record<string, string> = {};
  for (const { machine, subject_id: id, from_state: from, to_state: to } of lines) {
    if ((states[id] ?? null) !== from) throw new Error(`The ${machine} ${id} left ${from}, but stood at ${states[id]}.`);
    states[id] = to;
  }
  return states;
}

/** The same event about the rows that stand for the names of the arbitraries. */
function withIds(event: PipelineEvent, ids: ReadonlyMap<string, string>): PipelineEvent {
  const fields = Object.entries(event).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'string' ? (ids.get(value) ?? value) : value,
  ]);
  return Object.fromEntries(fields) as PipelineEvent; // the same fields, other ids
}
