import { RECORD_TYPES, type RecordType } from '../../src/domain/record-types.js';
import type { Role } from '../../src/domain/permissions.js';
import { newId } from '../../src/platform/ids.js';
import { plantThings, type PlantedIds } from '../support/planted-things.js';
import { type Caller, createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

const WORDS: Readonly<Record<RecordType, string>> = {
  ...{ project: 'projects', campaign: 'campaigns', prospect: 'prospects', contact: 'contacts', opportunity: 'opportunities' },
  ...{ enrollment: 'enrollments', message: 'messages', thread: 'threads', pitch: 'pitches', backlink: 'backlinks' },
};

let t: TestApp;
let own: PlantedIds;
let other: PlantedIds;
let as: Caller;

beforeAll(async () => {
  t = await createTestApp();
  own = await plantThings(t, t.owner, { project: 'own', catalogue: 'home' });
  other = await plantThings(t, t.owner, { project: 'other', catalogue: 'away' });
  as = t.as(t.owner.key);
});

afterAll(() => t.close());

const idOf = (type: RecordType, of: PlantedIds = own): string => of[WORDS[type]] ?? '';
const bodyFor = (type: RecordType, of: PlantedIds = own): object => ({ [`${type}Id`]: idOf(type, of), text: `About this ${type}` });
const insider = async (role: Role): Promise<Caller> => t.as(await t.makeKey(role, { projectIds: [own['projects'] ?? ''] }));
const textsOf = async (caller: Caller, query = ''): Promise<string[]> =>
  ((await caller.get(`/notes?limit=100${query}`).expect(200)).body.data as { text: string }[]).map(({ text }) => text);

describe('a note', () => {
  it.each(RECORD_TYPES)('is written on a %s, and found by it', async (type) => {
    const { body } = await as.post('/notes', bodyFor(type)).expect(201);

    expect(body).toMatchObject({ kind: 'note', subjectType: type, subjectId: idOf(type), authorId: t.owner.memberId, version: 1, changedAt: null });
    expect(body.projectId).toBe(['prospect', 'contact'].includes(type) ? null : own['projects']);
    expect(await textsOf(as, `&filter[subjectId]=${idOf(type)}&filter[subjectType]=${type}&filter[kind]=note`)).toContain(`About this ${type}`);
    expect((await as.get(`/notes/${body.id}`).expect(200)).body).toEqual(body);
  });

  it.each<[string, number, () => object, string[]]>([
    ['nothing', 422, () => ({ text: 'On what?' }), []],
    ['two records', 422, () => ({ ...bodyFor('prospect'), contactId: idOf('contact') }), ['/prospectId', '/contactId']],
    ['a record that is not there', 404, () => ({ text: 'x', pitchId: newId() }), ['/pitchId']],
    ['a thread that is not there', 404, () => ({ text: 'x', threadId: newId() }), ['/threadId']],
    ['no words', 400, () => ({ ...bodyFor('prospect'), text: '' }), ['/text']],
    ['null', 400, () => ({ prospectId: null, text: 'x' }), ['/prospectId']],
  ])('is not written on %s', async (_, status, body, pointers) => {
    const { body: problem } = await as.post('/notes', body()).expect(status);

    expect(((problem.errors ?? []) as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('is changed and removed by its author or a manager, and by nobody else', async () => {
    const [author, colleague, manager] = await Promise.all(['member', 'member', 'manager'].map(async (role) => t.as(await t.makeKey(role as Role))));
    if (!author || !colleague || !manager) throw new Error('Nobody came.');
    const { id } = (await author.post('/notes', bodyFor('prospect')).expect(201)).body as { id: string };

    await colleague.patch(`/notes/${id}`, { text: 'Mine' }, '*').expect(403);
    await colleague.delete(`/notes/${id}`, '*').expect(403);
    const mine = await author.patch(`/notes/${id}`, { text: 'Better' }, '"1"').expect(200);
    await author.patch(`/notes/${id}`, { text: 'Late' }, '"1"').expect(412);
    await manager.delete(`/notes/${id}`, '"2"').expect(204);

    expect(mine.body).toMatchObject({ text: 'Better', version: 2, changedAt: TEST_START.toISOString() });
    await author.get(`/notes/${id}`).expect(404);
  });

  it('that is the reason of something done stays as it was written', async () => {
    const stop = (await as.post('/suppressions', { kind: 'address', value: `${newId()}@far.example`, reason: 'asked' }).expect(201)).body
      .id as string;
    await as.delete(`/suppressions/${stop}?reason=A%20mistake`, '*').expect(204);
    const [reason] = (await as.get(`/notes?filter[subjectId]=${stop}`).expect(200)).body.data as { id: string; kind: string; text: string }[];

    expect(reason).toMatchObject({ kind: 'reason', text: 'A mistake' });
    for (const answer of [await as.patch(`/notes/${reason?.id}`, { text: 'Not me' }, '*'), await as.delete(`/notes/${reason?.id}`, '*')])
      expect([answer.status, answer.body.code]).toEqual([409, 'note_is_reason']);
  });

  it('stands on the timeline of its site, wherever at the site it was written', async () => {
    const types = ['prospect', 'contact', 'opportunity', 'enrollment', 'message', 'thread', 'pitch', 'backlink'] as const;
    const ids: string[] = [];
    for (const type of types) ids.push((await as.post('/notes', bodyFor(type)).expect(201)).body.id as string);

    const { body } = await as.get(`/prospects/${own['prospects']}/timeline?limit=100`).expect(200);
    const seen = (body.data as { id: string; kind: string }[]).filter(({ kind }) => kind === 'note').map(({ id }) => id);

    expect(ids.filter((id) => !seen.includes(id))).toEqual([]);
  });

  it('is not for viewers, in the list or on the timeline', async () => {
    await as.post('/notes', { prospectId: own['prospects'], text: 'For the team alone' }).expect(201);
    const viewer = t.as(await t.makeKey('viewer'));

    await viewer.get('/notes').expect(403);
    expect((await viewer.get(`/prospects/${own['prospects']}/timeline?limit=100`).expect(200)).text).not.toContain('For the team alone');
  });

  it('keeps to the border: of others, who has some projects sees what stands on sites and people alone', async () => {
    for (const type of RECORD_TYPES) await as.post('/notes', { ...bodyFor(type, other), text: `Other ${type}` }).expect(201);
    const member = await insider('member');

    expect((await textsOf(member)).filter((text) => text.startsWith('Other')).sort()).toEqual(['Other contact', 'Other prospect']);
    expect(await textsOf(member)).toContain('About this message');
    for (const type of RECORD_TYPES) await member.post('/notes', bodyFor(type, other)).expect(['prospect', 'contact'].includes(type) ? 201 : 404);
    const [hidden] = (await as.get(`/notes?filter[subjectId]=${other['campaigns']}`).expect(200)).body.data as { id: string }[];
    await member.get(`/notes/${hidden?.id}`).expect(404);
    await (await insider('manager')).delete(`/notes/${hidden?.id}`, '*').expect(404);
  });
});

describe('a task', () => {
  it.each(RECORD_TYPES)('is put down at a %s', async (type) => {
    const { body } = await as.post('/tasks', { [`${type}Id`]: idOf(type), title: `Look at the ${type}`, dueAt: '2026-12-01T09:00:00Z' }).expect(201);

    expect(body).toMatchObject({ kind: 'todo', subjectType: type, subjectId: idOf(type), assigneeId: t.owner.memberId });
    const found = (await as.get(`/tasks?filter[subjectType]=${type}&filter[kind]=todo&filter[subjectId]=${idOf(type)}`).expect(200)).body.data;
    expect(found).toEqual([body]);
  });

  it('falls to whoever has the card, or answers the thread', async () => {
    const [owner, answerer] = [own['members'], own['colleagues']];
    await as.patch(`/opportunities/${own['opportunities']}`, { ownerId: owner }, '*').expect(200);
    await as.post(`/threads/${own['threads']}/assign`, { assigneeId: answerer }).expect(200);
    const assigneeAt = async (field: string, id = ''): Promise<unknown> =>
      (await as.post('/tasks', { [field]: id, title: 'Look' }).expect(201)).body.assigneeId;

    expect(await assigneeAt('messageId', own['messages'])).toBe(owner);
    expect(await assigneeAt('pitchId', own['pitches'])).toBe(owner);
    expect(await assigneeAt('threadId', own['threads'])).toBe(answerer);
  });

  it('keeps to the border, and may stand on a site that all share', async () => {
    const [member, viewer] = [await insider('member'), await insider('viewer')];
    await member.post('/tasks', { campaignId: other['campaigns'], title: 'Peep' }).expect(404);
    await as.post('/tasks', { threadId: other['threads'], title: 'Of others' }).expect(201);

    const { body } = await member.post('/tasks', { prospectId: other['prospects'], title: 'Read their guidelines' }).expect(201);
    await member.patch(`/tasks/${body.id}`, { done: true }, '*').expect(200);
    const titles = async (caller: Caller) =>
      ((await caller.get('/tasks?limit=100').expect(200)).body.data as { title: string }[]).map(({ title }) => title);

    expect(await titles(member)).toContain('Read their guidelines');
    expect(await titles(member)).not.toContain('Of others');
    expect(await titles(viewer)).not.toContain('Read their guidelines');
    await viewer.patch(`/tasks/${body.id}`, { done: false }, '*').expect(403);
  });

  it('is not put down at nothing', async () => {
    expect((await as.post('/tasks', { title: 'Where?' }).expect(422)).body.code).toBe('record_required');
  });
});
