import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '../../src/platform/ids.js';
import { makeCampaign, makeContact, makeEnrollment, makeMessage, makeProspect, makeTemplate } from '../support/factories.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { readonly properties?: Record<string, { description?: string }>; readonly enum?: readonly string[]; readonly default?: string };
}
const contract = JSON.parse(readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8')) as {
  paths: Record<string, { get?: { parameters?: readonly Parameter[] } }>;
};

/** Lists at the top of the API with what OpenAPI says of each; but not of one's own sessions, which a key has none of. */
const LISTS = Object.entries(contract.paths).flatMap(([path, { get }]) => {
  const parameters = get?.parameters ?? [];
  if (path.includes('{') || path.includes('/auth/') || !parameters.some(({ name }) => name === 'after')) return [];
  const properties = parameters.find(({ name }) => name === 'filter')?.schema.properties ?? {};
  const fields = Object.keys(properties);
  const choices = fields.flatMap((field) => {
    const [, values] = /^Of ([\w., ]+); /.exec(properties[field]?.description ?? '') ?? [];
    return values === undefined ? [] : [{ field, values: values.split(', ') }];
  });
  const ranges = parameters.flatMap(({ name }) => /^filter\[(\w+)\]\[gte\]$/.exec(name)?.[1] ?? []);
  const sort = parameters.find(({ name }) => name === 'sort')?.schema;
  return [{ path: path.replace('/api/v1', ''), fields, choices, ranges, sort, search: parameters.some(({ name }) => name === 'q') }];
});
/** An id of whatever the subject is: nothing says in which table to look. */
const OF_ANY_KIND = ['subjectId', 'requestId'];

describe('filters', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp();
  });

  afterAll(() => t.close());

  const get = (path: string) => t.as(t.owner.key).get(path);
  const answer = async (path: string): Promise<unknown[]> => {
    const { status, body } = await get(path);
    return [status, body.code, body.errors?.[0].pointer];
  };
  const ids = async (path: string): Promise<string[]> => ((await get(path).expect(200)).body.data as { id: string }[]).map(({ id }) => id);

  it('are known for every list of the contract', () => {
    expect(LISTS.map(({ path }) => path)).toEqual(expect.arrayContaining(['/prospects', '/messages', '/tasks', '/campaigns', '/members']));
  });

  describe.each(LISTS)('of $path', ({ path, fields, choices, ranges, sort, search }) => {
    it('refuse what the list does not know, and say where', async () => {
      expect(await answer(`${path}?filter[colour]=green`)).toEqual([400, 'invalid_request', '?filter[colour]']);
      expect(await answer(`${path}?filter[colour][gte]=1`)).toEqual([400, 'invalid_request', '?filter[colour]']);
      expect(await answer(`${path}?sort=colour`)).toEqual([400, 'invalid_request', '?sort']);
      expect(await answer(`${path}?colour=green`)).toEqual([400, 'invalid_request', '?colour']);
      expect(await answer(`${path}?count=all`)).toEqual([400, 'invalid_request', '?count']);
      if (!search) expect(await answer(`${path}?q=tea`)).toEqual([400, 'invalid_request', '?q']);
    });

    it('take every documented field, once, with values', async () => {
      for (const field of fields.filter((name) => !name.endsWith('Id'))) {
        const good = choices.find((one) => one.field === field)?.values.join(',') ?? 'x,y';
        await get(`${path}?filter[${field}]=${good}`).expect(200);
        expect(await answer(`${path}?filter[${field}]=${good},`)).toEqual([400, 'invalid_request', `?filter[${field}]`]);
        expect(await answer(`${path}?filter[${field}]=${good}&filter[${field}]=${good}`)).toEqual([400, 'invalid_request', `?filter[${field}]`]);
        expect(await answer(`${path}?filter[${field}][gte]=x`)).toEqual([400, 'invalid_request', `?filter[${field}][gte]`]);
      }
      for (const field of ranges) {
        await get(`${path}?filter[${field}][gte]=2026-11-01&filter[${field}][lt]=2026-12-01T00:00:00Z&count=exact&limit=1`).expect(200);
        expect(await answer(`${path}?filter[${field}][near]=2026-11-01`)).toEqual([400, 'invalid_request', `?filter[${field}][near]`]);
        expect(await answer(`${path}?filter[${field}][gte]=yesterday`)).toEqual([400, 'invalid_request', `?filter[${field}][gte]`]);
        expect(await answer(`${path}?filter[${field}]=2026-11-01`)).toEqual([400, 'invalid_request', `?filter[${field}]`]);
      }
      if (search) await get(`${path}?q=tea&count=estimate`).expect(200);
    });

    it('come with the sorts that the contract tells, the first without being asked', async () => {
      const { body } = await get(`${path}?sort=colour`).expect(400);

      const known = String(body.errors[0].detail).replace('must be one of ', '').split(', ');
      expect([...(sort?.enum ?? [])].sort()).toEqual([...known].sort());
      expect(sort?.default).toBe(known[0]);
      for (const one of known) await get(`${path}?sort=${one}`).expect(200);
    });

    it('refuse a value that no row can have', async () => {
      for (const { field } of choices) expect(await answer(`${path}?filter[${field}]=flying`)).toEqual([400, 'invalid_request', `?filter[${field}]`]);
    });

    it('answer 404 for an id of nothing here, and 400 for what is no id', async () => {
      for (const field of fields.filter((name) => name.endsWith('Id') && !OF_ANY_KIND.includes(name))) {
        expect(await answer(`${path}?filter[${field}]=${newId()}`)).toEqual([404, 'not_found', `?filter[${field}]`]);
        expect(await answer(`${path}?filter[${field}]=spring`)).toEqual([400, 'invalid_request', `?filter[${field}]`]);
      }
    });
  });

  it('find nothing through an id of another workspace, alone or beside one of ours', async () => {
    const theirs = await t.makeWorkspace();
    const strange = await makeEnrollment(t.db, theirs.workspaceId);
    const ours = await makeEnrollment(t.db, t.owner.workspaceId);

    expect(await ids(`/enrollments?filter[opportunityId]=${ours.opportunityId}`)).toEqual([ours.id]);
    for (const value of [strange.opportunityId, `${ours.opportunityId},${strange.opportunityId}`])
      expect(await answer(`/enrollments?filter[opportunityId]=${value}`)).toEqual([404, 'not_found', '?filter[opportunityId]']);
    expect(await answer(`/board?campaignId=${newId()}`)).toEqual([404, 'not_found', '?campaignId']);
  });

  it('hold the border of projects: what lies beyond it is not there', async () => {
    const [inside, beyond] = [await makeCampaign(t.db, t.owner.workspaceId), await makeCampaign(t.db, t.owner.workspaceId)];
    const key = await t.makeKey('member');
    await t.db.query(
      `UPDATE members SET project_ids = ARRAY[$2::uuid] WHERE workspace_id = $1 AND id = (SELECT member_id FROM api_keys WHERE workspace_id = $1 ORDER BY id DESC LIMIT 1)`,
      [t.owner.workspaceId, inside.projectId],
    );
    const status = async (query: string): Promise<number> => (await t.as(key).get(`/opportunities?${query}`)).status;

    expect(await status(`filter[campaignId]=${inside.id}`)).toBe(200);
    expect(await status(`filter[campaignId]=${beyond.id}`)).toBe(404);
    expect(await status(`filter[projectId]=${beyond.projectId}`)).toBe(404);
  });

  it('compare instants by order, and days as a whole', async () => {
    const at = async (createdAt: string): Promise<string> => {
      const { id } = await makeProspect(t.db, t.owner.workspaceId);
      await t.db.query('UPDATE prospects SET created_at = $3 WHERE workspace_id = $1 AND id = $2', [t.owner.workspaceId, id, createdAt]);
      return id;
    };
    const [early, noon, late] = [await at('2025-03-01T00:00:00Z'), await at('2025-03-02T12:00:00Z'), await at('2025-03-03T00:00:00Z')];
    const found = (query: string) => ids(`/prospects?sort=createdAt&filter[createdAt][lt]=2025-12-31&${query}`);

    expect(await found('filter[createdAt][gte]=2025-03-02')).toEqual([noon, late]);
    expect(await found('filter[createdAt][gt]=2025-03-02')).toEqual([late]);
    expect(await found('filter[createdAt][lte]=2025-03-02T12:00:00Z')).toEqual([early, noon]);
    expect(await found('filter[createdAt][gt]=2025-03-02T12:00:00Z')).toEqual([late]);
    expect(await found('filter[createdAt][gte]=2025-03-01&filter[createdAt][lte]=2025-03-02')).toEqual([early, noon]);
  });

  it('count what they let through, on every page alike, only when asked', async () => {
    const { prospectId } = await makeEnrollment(t.db, t.owner.workspaceId);
    for (let person = 0; person < 4; person += 1) await makeContact(t.db, t.owner.workspaceId, { prospectId });
    const list = `/contacts?filter[prospectId]=${prospectId}&limit=2`;

    const first = (await get(`${list}&count=exact`).expect(200)).body;
    const second = (await get(`${list}&count=exact&after=${first.nextCursor}`).expect(200)).body;
    const silent = (await get(list).expect(200)).body;
    const guessed = (await get(`${list}&count=estimate`).expect(200)).body;

    expect([first.total, second.total]).toEqual([5, 5]);
    expect(silent).not.toHaveProperty('total');
    expect(guessed.total).toBeGreaterThanOrEqual(1);
    expect(await answer('/events?count=exact')).toEqual([400, 'invalid_request', '?count']);
  });

  it('count messages and tasks too', async () => {
    const { id, enrollmentId } = await makeMessage(t.db, t.owner.workspaceId, { enrollmentId: (await makeEnrollment(t.db, t.owner.workspaceId)).id });
    const { body } = await get(`/messages?filter[enrollmentId]=${enrollmentId}&count=exact`).expect(200);

    expect([body.total, body.data[0].id]).toEqual([1, id]);
    expect((await get('/tasks?count=exact').expect(200)).body.total).toBe(0);
  });

  it('search where people look for a text, taking it as it is', async () => {
    await makeTemplate(t.db, t.owner.workspaceId, { subject: 'A 100%_Oolong page' });
    const contact = await makeContact(t.db, t.owner.workspaceId, { firstName: 'Ännchen', email: 'someone@rare-leaf.example' });
    const found = async (path: string, q: string) => (await ids(`${path}?q=${encodeURIComponent(q)}`)).length;

    expect(await found('/templates', '100%_oolong')).toBe(1);
    expect(await found('/templates', '100_%oolong')).toBe(0);
    expect(await ids(`/contacts?q=${encodeURIComponent('NNCHEN')}`)).toEqual([contact.id]);
    expect(await found('/contacts', '@rare-leaf')).toBe(1);
    expect(await found('/projects', '\\')).toBe(0);
  });
});
