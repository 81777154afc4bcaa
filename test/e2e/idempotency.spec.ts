import { Housekeeping } from '../../src/platform/jobs/housekeeping.service.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { newId } from '../../src/platform/ids.js';
import { makeMailbox } from '../support/factories.js';
import { createTestApp, makeMember, TEST_PASSWORD, type TestApp } from '../support/test-app.js';

const PROJECT = { name: 'Tea shop', url: 'https://tea.example/' };

describe('Idempotency-Key', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp();
  });

  afterAll(() => t.close());

  const post = (path: string, body: object | undefined, key: string, as = t.owner.key) => t.as(as).post(path, body).set('idempotency-key', key);
  const projects = async (): Promise<number> => {
    const [row] = await t.db.query<{ n: number }[]>('SELECT count(*)::int AS n FROM projects WHERE workspace_id = $1', [t.owner.workspaceId]);
    return row?.n ?? 0;
  };
  const kept = (): Promise<{ body: string | null; status: number | null }[]> =>
    t.db.query('SELECT body_sealed AS body, status FROM kept_answers WHERE workspace_id = $1 ORDER BY expires_at, id', [t.owner.workspaceId]);

  it('gives the first answer again: status, body, ETag, and says so', async () => {
    const key = newId();
    const before = await projects();

    const first = await post('/projects', PROJECT, key).expect(201);
    const again = await post('/projects', PROJECT, key).expect(201);

    expect(again.body).toEqual(first.body);
    expect(again.text).toBe(first.text);
    expect(again.headers).toMatchObject({
      etag: first.headers['etag'],
      'content-type': first.headers['content-type'],
      'idempotency-replayed': 'true',
    });
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    expect(await projects()).toBe(before + 1);
  });

  it('takes a key in quotes, as the standard has it, and bare for the same one', async () => {
    const first = await post('/projects', PROJECT, '"with \\"quotes\\""').expect(201);
    const again = await post('/projects', PROJECT, '"with \\"quotes\\""').expect(201);
    const quoted = await post('/projects', PROJECT, '"plain"').expect(201);
    const bare = await post('/projects', PROJECT, 'plain').expect(201);

    expect([again.body.id, bare.body.id]).toEqual([first.body.id, quoted.body.id]);
  });

  it.each(['""', ' ', 'two words', '"open', '"a" "b"', 'x'.repeat(256), `"${'x'.repeat(256)}"`, 'tée'.normalize('NFD'), '"a";p=1'])(
    'refuses the key %j',
    async (key) => {
      const before = await projects();
      const response = await t
        .as(t.owner.key)
        .post('/projects', PROJECT)
        .set('idempotency-key', Buffer.from(key).toString('latin1'))
        .catch(() => undefined); // the client itself refuses some

      if (response) expect([response.status, response.body.code]).toEqual([400, 'invalid_idempotency_key']);
      expect(await projects()).toBe(before);
    },
  );

  it('does the same work again for equal bodies without a key', async () => {
    const before = await projects();

    await t.as(t.owner.key).post('/projects', PROJECT).expect(201);
    await t.as(t.owner.key).post('/projects', PROJECT).expect(201);

    expect(await projects()).toBe(before + 2);
  });

  it.each<[what: string, path: string, body: object]>([
    ['body', '/projects', { ...PROJECT, name: 'Another' }],
    ['address', '/prospects', { url: 'https://leaf.example/' }],
  ])('answers 422 when the key comes back with another %s', async (_, path, body) => {
    const key = newId();
    await post('/projects', PROJECT, key).expect(201);

    const response = await post(path, body, key).expect(422);

    expect(response.body).toMatchObject({ code: 'idempotency_key_reused', status: 422 });
  });

  it('knows a body that is only spelled otherwise', async () => {
    const key = newId();
    const first = await post('/projects', PROJECT, key).expect(201);

    const again = await t
      .as(t.owner.key)
      .post('/projects')
      .set('idempotency-key', key)
      .set('content-type', 'application/json')
      .send(`{ "url": "${PROJECT.url}",  "name": "Tea shop" }`)
      .expect(201);

    expect(again.body.id).toBe(first.body.id);
  });

  it('takes the same key of another caller, and in another workspace, for another call', async () => {
    const key = newId();
    const colleague = await t.makeKey('manager');
    const stranger = await t.makeWorkspace();

    const ids = await Promise.all(
      [t.owner.key, colleague, stranger.key].map(async (as) => (await post('/projects', PROJECT, key, as).expect(201)).body.id as string),
    );

    expect(new Set(ids).size).toBe(3);
  });

  it('knows a person again who has logged in anew', async () => {
    const key = newId();
    const logIn = async (): Promise<string> => {
      const { headers } = await t.request().post('/api/v1/auth/login').send({ email: t.owner.email, password: TEST_PASSWORD }).expect(200);
      return String(headers['set-cookie']).split(';')[0] ?? '';
    };
    const make = (cookie: string) => t.request().post('/api/v1/projects').set({ cookie, 'idempotency-key': key }).send(PROJECT);

    const first = await make(await logIn()).expect(201);
    const again = await make(await logIn()).expect(201);

    expect(again.body.id).toBe(first.body.id);
  });

  it('stores nothing of a call that was refused before the work began', async () => {
    const key = newId();
    const viewer = await t.makeKey('viewer');

    await post('/projects', { name: 7 }, key).expect(400);
    await post('/projects', PROJECT, key, viewer).expect(403);
    await post('/projects', PROJECT, key, 'lw_nobody').expect(401);
    await post(`/campaigns/${newId()}/start`, {}, key).expect(428);
    const response = await post('/projects', PROJECT, key).expect(201);

    expect(response.headers['idempotency-replayed']).toBeUndefined();
  });

  it('gives refusals of the work itself again', async () => {
    const key = newId();
    const path = `/prospects/${newId()}/contacts`;

    const first = await post(path, { email: 'a@leaf.example' }, key).expect(404);
    const again = await post(path, { email: 'a@leaf.example' }, key).expect(404);

    expect([again.text, again.type, again.headers['idempotency-replayed']]).toEqual([first.text, 'application/problem+json', 'true']);
  });

  it('gives a failure of ours again, for nobody knows how far it came', async () => {
    const key = newId();
    await t.db.query('ALTER TABLE projects RENAME COLUMN domain TO domain_away');
    const first = await post('/projects', PROJECT, key);
    await t.db.query('ALTER TABLE projects RENAME COLUMN domain_away TO domain');

    const again = await post('/projects', PROJECT, key);

    expect([first.status, again.status]).toEqual([500, 500]);
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  it('checks rights again before it repeats anything', async () => {
    const { memberId } = await makeMember(t.db, t.owner.workspaceId, 'manager');
    const as = await keyOf(memberId);
    const key = newId();
    await post('/projects', PROJECT, key, as).expect(201);

    await t.db.query(`UPDATE members SET role = 'viewer' WHERE workspace_id = $1 AND id = $2`, [t.owner.workspaceId, memberId]);
    await forgetCredentials();

    await post('/projects', PROJECT, key, as).expect(403);
  });

  it('repeats nothing to someone who may see fewer projects than when it was done', async () => {
    const { memberId } = await makeMember(t.db, t.owner.workspaceId, 'manager');
    const as = await keyOf(memberId);
    const key = newId();
    const { body } = await post('/projects', PROJECT, key, as).expect(201);

    await t.db.query(`UPDATE members SET project_ids = '{}' WHERE workspace_id = $1 AND id = $2`, [t.owner.workspaceId, memberId]);
    await forgetCredentials();
    const response = await post('/projects', PROJECT, key, as).expect(409);

    expect(response.body.code).toBe('idempotency_rights_changed');
    expect(response.text).not.toContain(body.id);
  });

  it('seals what it keeps: a new API key can be read nowhere but in the answers', async () => {
    const key = newId();
    const first = await post('/api-keys', { name: 'robot', scopes: ['prospects:read'] }, key).expect(201);
    const again = await post('/api-keys', { name: 'robot', scopes: ['prospects:read'] }, key).expect(201);

    expect(again.body.key).toBe(first.body.key);
    expect(JSON.stringify(await t.db.query('SELECT * FROM kept_answers WHERE workspace_id = $1', [t.owner.workspaceId]))).not.toContain(
      first.body.key,
    );
  });

  it('holds for mail that comes in as it is', async () => {
    const mailbox = await makeMailbox(t.db, t.owner.workspaceId);
    const inbound = await t.makeKey(['inbound:write'], { mailboxId: mailbox.id });
    const send = (mail: string, key: string) =>
      t.as(inbound).post(`/mailboxes/${mailbox.id}/inbound`).set('idempotency-key', key).type('message/rfc822').send(mail);
    const key = newId();

    const first = await send('From: a@leaf.example\r\nSubject: Hi\r\n\r\nHello', key).expect(202);
    const again = await send('From: a@leaf.example\r\nSubject: Hi\r\n\r\nHello', key).expect(202);
    const other = await send('From: a@leaf.example\r\nSubject: Hi\r\n\r\nHello!', key).expect(422);

    expect([again.body, other.body.code]).toEqual([first.body, 'idempotency_key_reused']);
  });

  it('holds for many at once: each item answers as it did the first time', async () => {
    const key = newId();
    const items = [{ url: 'https://bulk-leaf.example/' }, { url: 'https://no-such-suffix' }];

    const first = await post('/prospects/bulk', { items }, key).expect(200);
    const again = await post('/prospects/bulk', { items }, key).expect(200);

    expect((first.body.results as { status: number }[]).map(({ status }) => status)).toEqual([201, 422]);
    expect(again.text).toBe(first.text);
  });

  it('keeps nothing of /auth, where every answer is for one session', async () => {
    const before = (await kept()).length;

    await t
      .request()
      .post('/api/v1/auth/login')
      .set('idempotency-key', 'once')
      .send({ email: t.owner.email, password: 'wrong wrong wrong' })
      .expect(401);
    await t.as(t.owner.key).post('/auth/logout').set('idempotency-key', 'once').expect(204);

    expect(await kept()).toHaveLength(before);
  });

  it('is free again after a day, and housekeeping forgets the answer', async () => {
    const key = newId();
    const first = await post('/projects', PROJECT, key).expect(201);

    t.clock.advance(23 * HOUR_MS);
    const within = await post('/projects', PROJECT, key).expect(201);
    t.clock.advance(HOUR_MS);
    const after = await post('/projects', PROJECT, key).expect(201);
    t.clock.advance(DAY_MS);
    await t.app.get(Housekeeping).run();

    expect(within.body.id).toBe(first.body.id);
    expect(after.body.id).not.toBe(first.body.id);
    expect(await kept()).toEqual([]);
  });

  async function keyOf(memberId: string): Promise<string> {
    const key = await t.makeKey('viewer');
    await t.db.query(
      `UPDATE api_keys SET member_id = $2 WHERE workspace_id = $1 AND id = (SELECT max(id::text)::uuid FROM api_keys WHERE workspace_id = $1)`,
      [t.owner.workspaceId, memberId],
    );
    return key;
  }

  /** What the process believes of a credential it would forget by itself within seconds. */
  async function forgetCredentials(): Promise<void> {
    const { StoredTokenVerifier } = await import('../../src/modules/auth/sessions/token-verifier.service.js');
    for (const { hash } of await t.db.query<{ hash: string }[]>('SELECT key_hash AS hash FROM api_keys WHERE workspace_id = $1', [
      t.owner.workspaceId,
    ]))
      t.app.get(StoredTokenVerifier).forget(hash);
  }
});
