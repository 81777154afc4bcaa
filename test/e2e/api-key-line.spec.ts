import { ApiKeys } from '../../src/modules/auth/api-keys/api-keys.service.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import type { Unauthorized } from '../../src/domain/errors.js';
import { actorOfKey, colleague, makeShownKey, type ShownKey } from '../support/api-key-world.js';
import { Browser } from '../support/browser.js';
import { makeMailbox, makeProject } from '../support/factories.js';
import { createTestApp, makeMember, type TestApp } from '../support/test-app.js';

interface KeyShown extends ShownKey {
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly projectIds: string[] | null;
  readonly madeByKeyId: string | null;
}

describe('a key that a key made', () => {
  let test: TestApp;
  let browser: Browser;
  let projects: string[];

  beforeAll(async () => {
    test = await createTestApp();
    projects = [(await makeProject(test.db, test.owner.workspaceId)).id, (await makeProject(test.db, test.owner.workspaceId)).id];
  });

  beforeEach(async () => {
    browser = new Browser(test.url);
    await browser.logIn(test.owner.email).expect(200);
  });

  afterAll(() => test.close());

  const make = (body: object = {}): Promise<ShownKey> => makeShownKey(browser, body);
  const child = async (maker: ShownKey, body: object = {}): Promise<KeyShown> =>
    (
      await test
        .as(maker.key)
        .post('/api-keys', { name: 'child', scopes: ['*'], ...body })
        .expect(201)
    ).body as KeyShown;
  const read = async (id: string): Promise<KeyShown> => (await test.as(test.owner.key).get(`/api-keys/${id}`).expect(200)).body as KeyShown;
  const later = (ms: number): string => new Date(test.clock.now().getTime() + ms).toISOString();

  it('says so, and ends with it at once, with all that it made itself', async () => {
    const root = await make();
    const first = await child(root);
    const second = await child(first);
    expect([first.madeByKeyId, second.madeByKeyId, (await read(root.id)).madeByKeyId]).toEqual([root.id, first.id, null]);

    await browser.delete(`/api-keys/${root.id}`).expect(204);

    for (const { id, key } of [first, second]) {
      await test.as(key).get('/workspace').expect(401);
      expect((await read(id)).revokedAt).toBe(test.clock.now().toISOString());
    }
    const log = await test.db.query(
      `SELECT subject_id AS id, details FROM audit_log WHERE workspace_id = $1 AND action = 'api_key.revoked' AND subject_id = ANY ($2) ORDER BY id`,
      [test.owner.workspaceId, [first.id, second.id]],
    );
    expect(log).toEqual([first, second].map(({ id }) => ({ id, details: { withKeyId: root.id } })));
  });

  it('does not take along the one that made it', async () => {
    const root = await make();
    const { id } = await child(root);

    await test.as(root.key).delete(`/api-keys/${id}`, '*').expect(204);

    await test.as(root.key).get('/workspace').expect(200);
  });

  it('is left by no race between making and ending, in no generation', async () => {
    for (let round = 0; round < 6; round += 1) {
      const root = await make();
      const first = await child(root);

      const made = await Promise.all([
        ...[root, first, root, first].map((maker) => test.as(maker.key).post('/api-keys', { name: 'raced', scopes: ['*'] })),
        browser.delete(`/api-keys/${root.id}`),
        ...[first, root, first].map((maker) => test.as(maker.key).post('/api-keys', { name: 'raced', scopes: ['*'] })),
      ]);

      expect(made.map(({ status }) => status).filter((status) => ![201, 204, 401].includes(status))).toEqual([]);
      const left = await test.db.query('SELECT id FROM api_keys WHERE workspace_id = $1 AND made_by_key_id = ANY ($2) AND revoked_at IS NULL', [
        test.owner.workspaceId,
        [root.id, first.id],
      ]);
      expect(left).toEqual([]);
    }
  });

  it('is made by none that ended while this process still believed it, and for nobody who has left', async () => {
    const root = await make();
    const actor = await actorOfKey(test, root.key);
    const gone = await makeMember(test.db, test.owner.workspaceId, 'manager');
    const keys = test.app.get(ApiKeys);
    if (!actor) throw new Error('the key is unknown');
    await browser.delete(`/api-keys/${root.id}`).expect(204);
    await test.as(test.owner.key).patch(`/members/${gone.memberId}`, { deactivated: true }, '*').expect(200);

    const refused: Partial<Unauthorized> = { kind: 'unauthorized' };
    await expect(keys.create(actor, { name: 'late', scopes: ['*'] })).rejects.toMatchObject(refused);
    await expect(keys.create({ ...test.owner.actor, memberId: gone.memberId }, { name: 'late', scopes: ['*'] })).rejects.toMatchObject(refused);
  });

  it('is held to the new end and the new projects of its maker, in every generation', async () => {
    const root = await make();
    const wide = await child(root);
    const below = await child(wide, { projectIds: projects });
    const brief = await child(root, { expiresAt: later(HOUR_MS), projectIds: [projects[0]] });

    await browser.patch(`/api-keys/${root.id}`, { expiresAt: later(DAY_MS), projectIds: [projects[0]] }).expect(200);

    const bounds = async ({ id }: ShownKey) => {
      const { expiresAt, projectIds, version } = await read(id);
      return { expiresAt, projectIds, version };
    };
    expect(await bounds(wide)).toEqual({ expiresAt: later(DAY_MS), projectIds: [projects[0]], version: 2 });
    expect(await bounds(below)).toEqual({ expiresAt: later(DAY_MS), projectIds: [projects[0]], version: 2 });
    expect(await bounds(brief)).toEqual({ expiresAt: later(HOUR_MS), projectIds: [projects[0]], version: 1 });
    expect((await actorOfKey(test, wide.key))?.projectIds).toEqual([projects[0]]);

    await browser.patch(`/api-keys/${root.id}`, { expiresAt: null, projectIds: null }).expect(200); // gives nothing back
    expect(await bounds(wide)).toEqual({ expiresAt: later(DAY_MS), projectIds: [projects[0]], version: 2 });
  });

  it('does not grow beyond it, not by the hand of its person either', async () => {
    const root = await make({ expiresAt: later(DAY_MS), projectIds: [projects[0]] });
    const { id } = await child(root, { expiresAt: later(HOUR_MS) });

    expect((await browser.patch(`/api-keys/${id}`, { expiresAt: null }).expect(422)).body.code).toBe('outlives_maker');
    expect((await browser.patch(`/api-keys/${id}`, { projectIds: projects }).expect(404)).body.errors[0].pointer).toBe('/projectIds/1');
    expect((await browser.patch(`/api-keys/${id}`, { projectIds: null }).expect(200)).body.projectIds).toEqual([projects[0]]);
    expect((await browser.patch(`/api-keys/${id}`, { expiresAt: later(DAY_MS) }).expect(200)).body.expiresAt).toBe(later(DAY_MS));
  });

  it('can still be looked after when the one that made it has ended', async () => {
    const root = await make();
    const { id } = await child(root);
    await browser.delete(`/api-keys/${root.id}`).expect(204);

    await browser.delete(`/api-keys/${id}`).expect(204);
    expect((await browser.patch(`/api-keys/${id}`, { name: 'x' }).expect(409)).body.code).toBe('api_key_ended');
  });

  describe('touches no key that reaches further than itself:', () => {
    const expectKept = async (weak: ShownKey, strong: ShownKey): Promise<void> => {
      const before = await read(strong.id);
      for (const call of [
        test.as(weak.key).patch(`/api-keys/${strong.id}`, { expiresAt: later(HOUR_MS) }, '*'),
        test.as(weak.key).delete(`/api-keys/${strong.id}`, '*'),
      ]) {
        expect((await call.expect(403)).body.code).toBe('key_exceeds_yours');
      }
      expect(await read(strong.id)).toEqual(before);
    };
    const KEYS = ['api-keys:read', 'api-keys:write'];

    it.each<[what: string, weak: () => object, strong: () => object]>([
      ['one that may do more', () => ({ scopes: KEYS }), () => ({ scopes: [...KEYS, 'prospects:read'] })],
      ['one for everything', () => ({ scopes: KEYS }), () => ({})],
      ['one of more projects', () => ({ projectIds: [projects[0]] }), () => ({ projectIds: projects })],
      ['one of all projects', () => ({ projectIds: [projects[0]] }), () => ({})],
      ['one that lives longer', () => ({ expiresAt: later(HOUR_MS) }), () => ({ expiresAt: later(DAY_MS) })],
      ['one without an end', () => ({ expiresAt: later(HOUR_MS) }), () => ({})],
    ])('%s', async (_, weak, strong) => {
      await expectKept(await make(weak()), await make(strong()));
    });

    it('one of another mailbox', async () => {
      const [mine, other] = [await makeMailbox(test.db, test.owner.workspaceId), await makeMailbox(test.db, test.owner.workspaceId)];
      const scopes = ['inbound:write', ...KEYS];

      await expectKept(await make({ scopes, mailboxId: mine.id }), await make({ scopes, mailboxId: other.id }));
    });

    it('one of somebody above', async () => {
      const manager = await colleague(test, 'manager');

      await expectKept(await makeShownKey(manager.browser), await make());
    });

    it('but lesser ones of its own and of others, and itself', async () => {
      const strong = await make();
      const manager = await colleague(test, 'manager');
      const theirs = await makeShownKey(manager.browser);
      const lesser = await make({ scopes: ['prospects:read'] });

      for (const { id } of [lesser, theirs, strong]) {
        await test
          .as(strong.key)
          .patch(`/api-keys/${id}`, { expiresAt: later(DAY_MS) }, '*')
          .expect(200);
        await test.as(strong.key).delete(`/api-keys/${id}`, '*').expect(204);
      }
    });
  });
});
