import type { Role } from '../../src/domain/permissions.js';
import { BORDER, type BorderWord } from '../../src/domain/project-border.js';
import { cursorOf } from '../../src/platform/events/event-cursor.js';
import { appendEvents } from '../../src/platform/events/outbox.js';
import { newId, NIL_ID } from '../../src/platform/ids.js';
import { hashToken } from '../../src/platform/secrets/tokens.js';
import { CONTRACT_ROUTES, ID_IN_PATH } from '../support/contract-routes.js';
import { readStream } from '../support/event-reader.js';
import { makeProject } from '../support/factories.js';
import { isBordered, type Walker, walkBodies, walkFilters, walkPaths } from '../support/foreign-ids.js';
import { everythingOf, plantThings, type PlantedIds } from '../support/planted-things.js';
import { settled } from '../support/settled.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** Words that nothing else of the product says. */
const [PROJECT_WORD, CATALOGUE_WORD] = ['zanzibar', 'quokka'];
/** Planted words whose ids nobody outside may read; those of the catalogue are a team's to see. */
const HIDDEN = new Set<string>(Object.keys(BORDER).filter((word) => isBordered(word as BorderWord)));

describe('the border of a project', () => {
  let t: TestApp;
  let own: PlantedIds;
  let foreign: PlantedIds;
  let lastOwnEvent: string;
  let manager: Walker;
  let viewer: Walker;

  beforeAll(async () => {
    t = await createTestApp();
    own = await plantThings(t, t.owner, { project: 'own', catalogue: 'home' });
    foreign = await plantThings(t, t.owner, { project: PROJECT_WORD, catalogue: CATALOGUE_WORD });
    const walkerOf = async (role: Role) => ({ t, key: await t.makeKey(role, { projectIds: [own['projects'] ?? ''] }), own, foreign });
    const shut = (name: string) => /^(?:(?:post|patch) \/(?:members|invitations)|get \/audit-log)/.test(name);
    manager = { ...(await walkerOf('manager')), isForeign: isBordered, shut };
    await tellOf(foreign, PROJECT_WORD);
    await tellOf({ ...foreign, projects: null }, PROJECT_WORD); // of no project: for who sees all
    lastOwnEvent = await tellOf(own, 'own');
    await settled(t.db);
    viewer = { ...(await walkerOf('viewer')), isForeign: (word) => isBordered(word) || word === 'prospects' || word === 'contacts' };
  });

  afterAll(() => t.close());

  /** An event about its backlink. @returns the id */
  async function tellOf(things: Readonly<Record<string, string | null>>, word: string): Promise<string> {
    const [id, projectId = null] = [newId(), things['projects']];
    const object = { type: 'backlink', id: things['backlinks'], state: 'live', sourceUrl: `https://shared.example/${word}` };
    const event = {
      ...{ workspaceId: t.owner.workspaceId, id, type: 'backlink.live', at: t.clock.now(), projectId, campaignId: null, opportunityId: null },
      data: { object, projectId, opportunityId: things['opportunities'] },
    };
    await t.db.transaction((tx) => appendEvents(tx, [event]));
    return `evt_${id}`;
  }

  /** What /stream shows of all that has happened, up to the last event of their own. */
  async function streamed(key: string): Promise<{ status: number; text: string }> {
    const beginning = cursorOf({ tx: '0', id: NIL_ID });
    const reader = await readStream(`${t.url}/api/v1/stream?lastEventId=${beginning}`, { authorization: `Bearer ${key}` });
    for (let count = 1; reader.status === 200 && !reader.text.includes(lastOwnEvent); count += 1) await reader.received(count);
    reader.close();
    return { status: reader.status, text: reader.text };
  }

  it('makes its things absent by path, on every route, and nothing changes', async () => {
    const before = await everythingOf(t, t.owner.workspaceId);

    const { tried, wrong } = await walkPaths(manager);

    expect(wrong).toEqual([]);
    expect(tried.length).toBeGreaterThan(35);
    expect(await everythingOf(t, t.owner.workspaceId)).toEqual(before);
  });

  it('makes them absent in bodies and bulk items, and nothing changes', async () => {
    const before = await everythingOf(t, t.owner.workspaceId);

    const { tried, wrong } = await walkBodies(manager);

    expect(wrong).toEqual([]);
    expect(tried.length).toBeGreaterThan(15);
    expect(await everythingOf(t, t.owner.workspaceId)).toEqual(before);
  });

  it('makes them absent in filters', async () => {
    const { tried, wrong } = await walkFilters(manager);

    expect(wrong).toEqual([]);
    expect(tried.length).toBeGreaterThan(15);
  });

  it('shows a viewer no site and nobody of it', async () => {
    const { wrong } = await walkPaths(viewer);
    const { wrong: filtered } = await walkFilters(viewer);

    // what a viewer may not do is refused before it is looked up
    expect([...wrong, ...filtered].filter((line) => !/: 403 .*"code":"forbidden"/.test(line))).toEqual([]);
    await t.as(viewer.key).get(`/prospects/${own['prospects']}`).expect(200);
    await t.as(viewer.key).get(`/contacts/${own['contacts']}`).expect(200);
  });

  it.each([
    ['viewer', [PROJECT_WORD, CATALOGUE_WORD]],
    ['member', [PROJECT_WORD]],
    ['manager', [PROJECT_WORD]],
  ] as const)('shows a %s nothing of it in any answer', async (role, words) => {
    const key = await t.makeKey(role, { projectIds: [own['projects'] ?? ''] });
    const shown: string[] = [];
    let seen = 0;
    for (const { name, path } of CONTRACT_ROUTES.filter((route) => route.method === 'get')) {
      const filled = path.replaceAll(ID_IN_PATH, (_, word: string) => `${word}/${own[word] ?? word}`);
      const query = path === '/board' ? { projectId: own['projects'] } : {};
      const { status, text } = path === '/stream' ? await streamed(key) : await t.as(key).get(filled).query(query);
      if (path === '/events') expect(text).toContain(lastOwnEvent);
      if (status === 200) seen += 1;
      const ids = Object.entries(foreign).filter(([word, id]) => HIDDEN.has(word) && text.includes(id));
      const leaks = [...words.filter((word) => text.includes(word)), ...ids.map(([word]) => `an id of ${word}`)];
      if (leaks.length > 0 || status >= 500) shown.push(`${name} ${status}: ${leaks.join()}`);
    }

    expect(shown).toEqual([]);
    expect(seen).toBeGreaterThan(30);
  });

  it.each<[string, () => Promise<string[]>]>([
    ['no project at all', async () => []],
    ['a project of another workspace', async () => [(await makeProject(t.db, (await t.makeWorkspace()).workspaceId)).id]],
  ])('leaves nothing to a member of %s', async (_, projects) => {
    const as = t.as(await t.makeKey('member', { projectIds: await projects() }));

    for (const path of ['/projects', '/campaigns', '/opportunities', '/enrollments', '/messages', '/pitches', '/backlinks', '/tasks']) {
      expect((await as.get(path).expect(200)).body.data).toEqual([]);
    }
    await as.get(`/projects/${own['projects']}`).expect(404);
  });

  it('shows who sees all projects everything', async () => {
    const { text } = await t.as(t.owner.key).get('/opportunities').expect(200);

    expect(text).toContain(foreign['opportunities']);
    expect(text).toContain(own['opportunities']);
  });

  it('shows the stops that protect all projects, but lets only who sees all take them back', async () => {
    const made = await t.as(manager.key).post('/suppressions', { kind: 'address', value: 'all@far.example', reason: 'asked' }).expect(201);

    await t.as(manager.key).get(`/suppressions/${made.body.id}`).expect(200);
    const refused = await t.as(manager.key).delete(`/suppressions/${made.body.id}?reason=because`, '*').expect(403);
    expect(refused.body.code).toBe('outside_border');
    await t.as(t.owner.key).delete(`/suppressions/${made.body.id}?reason=because`, '*').expect(204);
  });

  it("keeps the team's templates and sequences from a viewer", async () => {
    const seen = async (key: string, path: string) => (await t.as(key).get(path).expect(200)).body.data.length > 0;

    expect([await seen(viewer.key, '/templates'), await seen(viewer.key, '/sequences')]).toEqual([false, false]);
    expect([await seen(manager.key, '/templates'), await seen(manager.key, '/sequences')]).toEqual([true, true]);
    await t.as(viewer.key).get(`/templates/${own['templates']}`).expect(404);
    await t.as(viewer.key).get(`/sequences/${own['sequences']}`).expect(404);
    await t.as(manager.key).get(`/templates/${own['templates']}`).expect(200);
  });

  it('lets nobody bring in mail whose projects are some: a mailbox gets that of all', async () => {
    const key = await t.makeKey('manager', { projectIds: [own['projects'] ?? ''] });
    await t.db.query(`UPDATE api_keys SET scopes = '{inbound:write}' WHERE workspace_id = $1 AND key_hash = $2`, [
      t.owner.workspaceId,
      hashToken(key),
    ]);

    const call = t.as(key).post(`/mailboxes/${own['mailboxes']}/inbound`).type('message/rfc822').send('From: a@leaf.example\r\n\r\nHello');

    expect((await call.expect(403)).body.code).toBe('outside_border');
  });

  it('lets only who sees all projects make another', async () => {
    const refused = await t.as(manager.key).post('/projects', { name: 'New', url: 'https://new-shop.example/' }).expect(403);

    expect(refused.body.code).toBe('outside_border');
  });
});
