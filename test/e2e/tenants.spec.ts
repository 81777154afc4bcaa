import { appendEvents } from '../../src/platform/events/outbox.js';
import { newId } from '../../src/platform/ids.js';
import { CONTRACT_ROUTES } from '../support/contract-routes.js';
import { type Walker, walkBodies, walkFilters, walkPaths } from '../support/foreign-ids.js';
import { everythingOf, plantThings, type PlantedIds } from '../support/planted-things.js';
import { settled } from '../support/settled.js';
import { createTestApp, type TestApp, type TestOwner } from '../support/test-app.js';
import { type Receiver, startReceiver } from '../support/webhook-receiver.js';

describe('a thing of another workspace', () => {
  let t: TestApp;
  let theirs: TestOwner;
  let walker: Walker;
  /** Two of each, so that lists of theirs have a second page. */
  let planted: readonly PlantedIds[];
  let receiver: Receiver | undefined;

  beforeAll(async () => {
    t = await createTestApp();
    theirs = await t.makeWorkspace();
    planted = [
      await plantThings(t, theirs, { project: 'zanzibar', catalogue: 'quokka' }),
      await plantThings(t, theirs, { project: 'timbuktu', catalogue: 'axolotl' }),
    ];
    const own = await plantThings(t, t.owner, { project: 'own', catalogue: 'home' });
    walker = { t, key: await t.makeKey(['inbound:write', '*']), own, foreign: planted[0] ?? {} };
  });

  afterAll(async () => {
    await receiver?.close();
    await t.close();
  });

  const everything = async () => [await everythingOf(t, theirs.workspaceId), await everythingOf(t, t.owner.workspaceId)];

  it('answers 404 to its id in a path, on every route, and nothing changes', async () => {
    const before = await everything();

    const { tried, wrong } = await walkPaths(walker);

    expect(wrong).toEqual([]);
    expect(tried.length).toBeGreaterThan(60);
    expect(await everything()).toEqual(before);
  });

  it('answers 404 to its id in a body or a bulk item, in every field, and nothing changes', async () => {
    const before = await everything();

    const { tried, wrong } = await walkBodies(walker);

    expect(wrong).toEqual([]);
    expect(tried.length).toBeGreaterThan(30);
    expect(await everything()).toEqual(before);
  });

  it('answers 404 to its id in a filter, on every list', async () => {
    const { tried, wrong } = await walkFilters(walker);

    expect(wrong).toEqual([]);
    expect(tried.length).toBeGreaterThan(20);
  });

  it('is not reached by a cursor of its own list', async () => {
    const wrong: string[] = [];
    let tried = 0;
    for (const { name, path } of CONTRACT_ROUTES.filter(({ paged, words }) => paged && words.length === 0)) {
      const { body } = await t.as(theirs.key).get(path).query({ limit: 1 });
      if (typeof body.nextCursor !== 'string') continue;
      tried += 1;
      const response = await t.as(walker.key).get(path).query({ after: body.nextCursor });
      const shown = planted.flatMap((ids) => Object.values(ids)).filter((id) => response.text.includes(id));
      if (![200, 400].includes(response.status) || shown.length > 0) wrong.push(`${name}: ${response.status} ${shown.join()}`);
    }

    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(10);
  });

  it('is not told of by our webhooks, nor ours by theirs', async () => {
    receiver = await startReceiver();
    await t
      .as(t.owner.key)
      .post('/webhook-endpoints', { url: receiver.url, eventTypes: ['*'] })
      .expect(201);
    const eventOf = (workspaceId: string) => ({
      ...{ id: newId(), workspaceId, type: 'backlink.live', at: t.clock.now(), projectId: null, campaignId: null, opportunityId: null },
      data: { object: { type: 'backlink', id: newId() } },
    });
    const [ours, others] = [eventOf(t.owner.workspaceId), eventOf(theirs.workspaceId)];
    await t.db.transaction((tx) => appendEvents(tx, [ours, others]));
    await settled(t.db);

    await t.run('dispatch');
    await t.run('deliver');

    const bodies = receiver.posts.map(({ body }) => body).join('\n');
    expect(bodies).toContain(ours.id);
    expect(bodies).not.toContain(others.id);
    expect(bodies).not.toContain(theirs.workspaceId);
  });

  it('would be found by its owner: the bodies are right', async () => {
    const wrong: string[] = [];
    for (const foreign of [walker.own]) {
      const { wrong: refused } = await walkBodies({ ...walker, foreign });
      wrong.push(...refused.filter((line) => /: 40[04] |: 422 |right body|project-border/.test(line)));
    }

    expect(wrong).toEqual([]);
  });
});
