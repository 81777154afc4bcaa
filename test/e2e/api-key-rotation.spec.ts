import type { Actor } from '../../src/platform/auth/actor.js';
import { HOUR_MS, SECOND_MS } from '../../src/platform/clock.js';
import { actorOfKey, colleague, makeShownKey, type ShownKey } from '../support/api-key-world.js';
import { Browser } from '../support/browser.js';
import { makeMailbox } from '../support/factories.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

describe('an API key that is rotated', () => {
  let test: TestApp;
  let browser: Browser;

  beforeAll(async () => {
    test = await createTestApp();
  });

  beforeEach(async () => {
    browser = new Browser(test.url);
    await browser.logIn(test.owner.email).expect(200);
  });

  afterAll(() => test.close());

  const make = (body: object = {}, by = browser): Promise<ShownKey> => makeShownKey(by, body);
  const owner = () => test.as(test.owner.key);
  const actorOf = (key: string): Promise<Actor | undefined> => actorOfKey(test, key);

  it('is another one at once', async () => {
    const { id, key, prefix } = await make();
    await test.as(key).get('/workspace').expect(200);

    const response = await browser.post(`/api-keys/${id}/rotate`).expect(200);

    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.body).toMatchObject({ id, version: 2, oldKeyUntil: null });
    expect(response.body.prefix).not.toBe(prefix);
    await test.as(key).get('/workspace').expect(401);
    await test
      .as(response.body.key as string)
      .get('/workspace')
      .expect(200);
  });

  it('leaves the old one good for the overlap, and only the last old one', async () => {
    const first = await make();
    const second = (await browser.post(`/api-keys/${first.id}/rotate`, { overlapSeconds: 3600 }).expect(200)).body as ShownKey & {
      oldKeyUntil: string;
    };
    expect(second.oldKeyUntil).toBe(new Date(test.clock.now().getTime() + HOUR_MS).toISOString());
    expect([await actorOf(first.key), await actorOf(second.key)]).toEqual([
      expect.objectContaining({ apiKeyId: first.id }),
      expect.objectContaining({ apiKeyId: first.id }),
    ]);

    const third = (await browser.post(`/api-keys/${first.id}/rotate`, { overlapSeconds: 60 }).expect(200)).body as ShownKey;

    expect([await actorOf(first.key), (await actorOf(second.key)) === undefined, (await actorOf(third.key)) === undefined]).toEqual([
      undefined,
      false,
      false,
    ]);
    test.clock.advance(60 * SECOND_MS);
    expect([await actorOf(second.key), (await actorOf(third.key)) === undefined]).toEqual([undefined, false]);
  });

  it('dies whole when it is revoked, the old one too', async () => {
    const { id, key } = await make();
    const next = (await browser.post(`/api-keys/${id}/rotate`, { overlapSeconds: 3600 }).expect(200)).body as ShownKey;
    for (const one of [key, next.key]) await test.as(one).get('/workspace').expect(200);

    await owner().delete(`/api-keys/${id}`, '*').expect(204);

    for (const one of [key, next.key]) await test.as(one).get('/workspace').expect(401);
  });

  it.each([-1, 86_401, 1.5, 'day', null])('refuses an overlap of %j', async (overlapSeconds) => {
    const { id } = await make();

    await browser.post(`/api-keys/${id}/rotate`, { overlapSeconds }).expect(400);
  });

  it('is shown to nobody but its maker: who is above or beside them may revoke it', async () => {
    const manager = await colleague(test, 'manager');
    const theirs = await make({}, manager.browser);
    const mine = await make();

    expect((await manager.browser.post(`/api-keys/${mine.id}/rotate`, {}).expect(403)).body.code).toBe('forbidden');
    await browser.post(`/api-keys/${theirs.id}/rotate`, {}).expect(403);
    await browser.delete(`/api-keys/${theirs.id}`).expect(204);
  });

  it('may do so itself, but may not take a stronger key of its maker', async () => {
    const strong = await make();
    const weak = await make({ scopes: ['api-keys:write'] });

    await test.as(weak.key).post(`/api-keys/${strong.id}/rotate`, {}).expect(403);
    const next = await test.as(weak.key).post(`/api-keys/${weak.id}/rotate`, {}).expect(200);

    expect(next.body.scopes).toEqual(['api-keys:write']);
  });

  it('lets one of two at once win each: the key that was shown last is good', async () => {
    const { id } = await make();

    const both = await Promise.all([browser.post(`/api-keys/${id}/rotate`, {}), browser.post(`/api-keys/${id}/rotate`, {})]);

    const shown = both.map(({ body }) => body as ShownKey).sort((a, b) => a.version - b.version);
    expect(shown.map(({ version }) => version)).toEqual([2, 3]);
    expect([await actorOf(shown[0]?.key ?? ''), (await actorOf(shown[1]?.key ?? ''))?.apiKeyId]).toEqual([undefined, id]);
  });

  it('keeps its mailbox through a rotation', async () => {
    const mailbox = await makeMailbox(test.db, test.owner.workspaceId);
    const { id } = await make({ scopes: ['inbound:write'], mailboxId: mailbox.id });

    const next = (await browser.post(`/api-keys/${id}/rotate`, {}).expect(200)).body as ShownKey;

    expect((await actorOf(next.key))?.mailboxId).toBe(mailbox.id);
  });
});
