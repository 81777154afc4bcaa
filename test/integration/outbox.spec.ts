import { DataSource } from 'typeorm';
import { appendEvents, type EventPosition, type NewEvent, readEvents } from '../../src/platform/events/outbox.js';
import { newId } from '../../src/platform/ids.js';
import { settled } from '../support/settled.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const START: EventPosition = { tx: '0', id: '00000000-0000-0000-0000-000000000000' };
const [TEA, COFFEE] = [newId(), newId()];

function event(type: string, more: Partial<NewEvent> = {}): NewEvent {
  const place = { projectId: null, campaignId: null, opportunityId: null };
  return { workspaceId: TEA, type, at: new Date('2026-11-02T10:00:00Z'), ...place, data: { object: { id: type } }, ...more };
}

describe('the outbox', () => {
  let database: TestDatabase;
  let db: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  });

  beforeEach(() => db.query('TRUNCATE events'));

  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });

  const typesAfter = async (position: EventPosition, limit = 100, workspaceId: string | null = TEA): Promise<string[]> =>
    (await readEvents(db, position, limit, workspaceId === null ? null : { workspaceId, projectIds: null })).map(({ type }) => type);
  const append = (...events: NewEvent[]) => db.transaction((tx) => appendEvents(tx, events));

  it('does not lose an event whose transaction commits late', async () => {
    const slow = db.createQueryRunner();
    await slow.startTransaction();
    await appendEvents(slow.manager, [event('late')]);
    await append(event('early'));

    const before = await typesAfter(START);
    await slow.commitTransaction();
    await slow.release();
    await settled(db);

    expect(before).toEqual([]); // early may not overtake late, or a reader would go on from behind it
    expect(await typesAfter(START)).toEqual(['late', 'early']);
  });

  it('forgets what was rolled back', async () => {
    await expect(
      db.transaction(async (tx) => {
        await appendEvents(tx, [event('never')]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await settled(db);

    expect(await typesAfter(START)).toEqual([]);
  });

  it('is read page by page in the order of the transactions, none twice', async () => {
    for (let at = 0; at < 7; at += 1) await append(event(`e${at}a`), event(`e${at}b`));
    await settled(db);

    const seen: string[] = [];
    let position = START;
    for (;;) {
      const found = await readEvents(db, position, 3, { workspaceId: TEA, projectIds: null });
      const last = found.at(-1);
      if (!last) break;
      seen.push(...found.map(({ type }) => type));
      position = { tx: last.tx, id: last.id };
    }

    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6].flatMap((at) => [`e${at}a`, `e${at}b`]));
  });

  it('shows a workspace its own events only, the dispatcher all', async () => {
    await append(event('tea'), event('coffee', { workspaceId: COFFEE }));
    await settled(db);

    expect(await typesAfter(START)).toEqual(['tea']);
    expect(await typesAfter(START, 100, COFFEE)).toEqual(['coffee']);
    expect(await typesAfter(START, 100, null)).toEqual(['tea', 'coffee']);
  });

  it('gives back what was written', async () => {
    const [projectId, opportunityId] = [newId(), newId()];
    const written = event('full', { id: newId(), projectId, opportunityId, data: { object: { id: 'x', sourceUrl: 'https://tea.example/ä' } } });
    await append(written);
    await settled(db);

    expect(await readEvents(db, START, 1, { workspaceId: TEA, projectIds: null })).toEqual([{ ...written, tx: expect.stringMatching(/^\d+$/) }]);
  });

  it('writes an event with an id of its own once, also when two tell it at the same time', async () => {
    const id = newId();

    await Promise.all([append(event('told', { id })), append(event('told', { id }))]);
    await append(event('told', { id }));
    await settled(db);

    expect(await typesAfter(START)).toEqual(['told']);
  });
});
