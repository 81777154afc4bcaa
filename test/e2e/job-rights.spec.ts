import type { Role } from '../../src/domain/permissions.js';
import type { Actor } from '../../src/platform/auth/actor.js';
import { HOUR_MS } from '../../src/platform/clock.js';
import { transact } from '../../src/platform/database/transact.js';
import { LongWork, type LongWorkType } from '../../src/platform/jobs/long-work.service.js';
import { actorOfKey, colleague, makeShownKey } from '../support/api-key-world.js';
import { Browser } from '../support/browser.js';
import { makeProject } from '../support/factories.js';
import { createTestApp, makeMember, type TestApp } from '../support/test-app.js';

interface Steps {
  readonly steps: number;
}
const WALK: LongWorkType<Steps> = { name: 'test.walk', needs: ['prospects:write'] };

describe('long work, while the rights of who asked for it change,', () => {
  let t: TestApp;
  /** Who was acting at each step, and what happens after the first. */
  let acting: Actor[];
  let meanwhile: () => unknown;

  beforeAll(async () => {
    t = await createTestApp();
    t.app.get(LongWork).handle<Steps, { reached: number }>(WALK, async (job, { steps }) => {
      for (let at = job.done; at < steps; at += 1) {
        acting.push(job.actor);
        if (at === 0) await meanwhile();
        await job.progress(at + 1, { reached: at + 1 });
      }
      return { reached: steps };
    });
  });

  beforeEach(() => {
    acting = [];
    meanwhile = () => undefined;
  });

  afterAll(() => t.close());

  const ask = (actor: Actor): Promise<string> =>
    transact(t.db, (tx) => t.app.get(LongWork).start(tx, actor, WALK, { input: { steps: 3 }, total: 3 }));
  const run = (jobId: string): Promise<void> => t.app.get(LongWork).run({ workspaceId: t.owner.workspaceId, jobId });
  const read = async (id: string): Promise<object> => (await t.as(t.owner.key).get(`/jobs/${id}`).expect(200)).body as object;
  const memberAs = async (role: Role): Promise<Actor> => {
    const { memberId, userId } = await makeMember(t.db, t.owner.workspaceId, role);
    return { ...t.owner.actor, memberId, userId, role };
  };
  const change = (memberId: string | null, body: object) => t.as(t.owner.key).patch(`/members/${memberId}`, body, '*').expect(200);
  const ended = (done: number) => ({
    ...{ state: 'failed', progress: { done, total: 3 }, result: done === 0 ? null : { reached: done }, finishedAt: expect.any(String) },
    error: expect.objectContaining({ code: 'job_rights_ended', status: 403, detail: expect.stringContaining('stays done') }),
  });

  it('goes on to its end when nothing does', async () => {
    const id = await ask(await memberAs('member'));
    await run(id);

    expect(await read(id)).toMatchObject({ state: 'succeeded', result: { reached: 3 } });
  });

  it('ends after the step at which its asker is lowered below what it needs, and what is done stays', async () => {
    const actor = await memberAs('member');
    const id = await ask(actor);
    meanwhile = () => change(actor.memberId, { role: 'viewer' });

    await run(id);

    expect(await read(id)).toMatchObject({ ...ended(1), error: expect.objectContaining({ instance: `/api/v1/jobs/${id}` }) });
    expect(acting).toHaveLength(1);
  });

  it('is not begun when they were lowered before', async () => {
    const actor = await memberAs('member');
    const id = await ask(actor);
    await change(actor.memberId, { role: 'viewer' });

    await run(id);

    expect(await read(id)).toMatchObject(ended(0));
    expect(acting).toEqual([]);
  });

  it('goes on with less when they keep enough, and never with more than they had', async () => {
    const project = await makeProject(t.db, t.owner.workspaceId);
    const lowered = await ask({ ...(await memberAs('manager')), projectIds: [project.id] });
    meanwhile = () => change(acting[0]?.memberId ?? null, { role: 'member' });
    await run(lowered);
    const [first, second] = acting.splice(0);
    const risen = await ask(await memberAs('member'));
    meanwhile = () => change(acting[0]?.memberId ?? null, { role: 'owner' });
    await run(risen);

    expect([first?.role, second?.role]).toEqual(['manager', 'member']);
    expect([second?.projectIds, second?.permissions.has('webhooks:write')]).toEqual([[project.id], false]);
    expect(acting.map(({ role }) => role)).toEqual(['member', 'member', 'member']);
    expect([await read(lowered), await read(risen)]).toEqual([
      expect.objectContaining({ state: 'succeeded' }),
      expect.objectContaining({ state: 'succeeded' }),
    ]);
  });

  it('ends with the membership, begun or not, in the same moment', async () => {
    const actor = await memberAs('member');
    const [running, waiting] = [await ask(actor), await ask(actor)];
    let seen: object | undefined;
    meanwhile = async () => {
      const open = await t.as(t.owner.key).get(`/members/${actor.memberId}/open-work`).expect(200);
      expect(open.body.work).toContainEqual(expect.objectContaining({ kind: 'jobs', fate: 'ends', count: 2 }));
      await change(actor.memberId, { deactivated: true });
      seen = await read(running);
    };

    await run(running);
    await change(actor.memberId, { deactivated: false });
    await run(waiting);

    expect(seen).toMatchObject({ ...ended(0), finishedAt: t.clock.now().toISOString() });
    expect(await read(running)).toEqual(seen); // the step that ran at that moment kept nothing any more
    expect(await read(waiting)).toMatchObject({ ...ended(0), error: expect.objectContaining({ instance: `/api/v1/jobs/${waiting}` }) });
    expect(acting).toHaveLength(1);
    expect(
      await t.db.query('SELECT FROM jobs WHERE workspace_id = $1 AND member_id = $2 AND input IS NOT NULL', [t.owner.workspaceId, actor.memberId]),
    ).toEqual([]);
  });

  describe('asked for by a key,', () => {
    let browser: Browser;

    beforeEach(async () => {
      browser = new Browser(t.url);
      await browser.logIn(t.owner.email).expect(200);
    });

    const byKey = async (key: string): Promise<string> => {
      const actor = await actorOfKey(t, key);
      if (!actor) throw new Error('the key is unknown');
      return ask(actor);
    };

    it('ends when the key is revoked', async () => {
      const key = await makeShownKey(browser);
      const id = await byKey(key.key);
      meanwhile = () => browser.delete(`/api-keys/${key.id}`).expect(204);

      await run(id);

      expect(await read(id)).toMatchObject(ended(1));
    });

    it('ends when the key that made the key is revoked', async () => {
      const maker = await makeShownKey(browser);
      const made = await t
        .as(maker.key)
        .post('/api-keys', { name: 'child', scopes: ['*'] })
        .expect(201);
      const id = await byKey(made.body.key as string);
      meanwhile = () => browser.delete(`/api-keys/${maker.id}`).expect(204);

      await run(id);

      expect(await read(id)).toMatchObject(ended(1));
    });

    it('ends when the key expires', async () => {
      const key = await makeShownKey(browser, { expiresAt: new Date(t.clock.now().getTime() + HOUR_MS).toISOString() });
      const id = await byKey(key.key);
      meanwhile = () => {
        t.clock.advance(HOUR_MS);
      };

      await run(id);

      expect(await read(id)).toMatchObject(ended(1));
    });

    it('goes on when the key is only rotated', async () => {
      const key = await makeShownKey(browser);
      const id = await byKey(key.key);
      meanwhile = () => browser.post(`/api-keys/${key.id}/rotate`, {}).expect(200);

      await run(id);

      expect(await read(id)).toMatchObject({ state: 'succeeded' });
    });
  });

  it('goes on when its person only logs out', async () => {
    const { browser, memberId } = await colleague(t, 'member');
    const items = [{ url: 'https://logged-out.example/' }];
    const { body } = await browser.post('/prospects/bulk', { items }).set('prefer', 'respond-async').expect(202);
    await browser.post('/auth/logout').expect(204);

    await run(body.id as string);

    expect(await read(body.id as string)).toMatchObject({ state: 'succeeded', memberId });
  });

  it('brings in no site for a member who was lowered, through the API', async () => {
    const { browser, memberId } = await colleague(t, 'member');
    const items = [{ url: 'https://lowered.example/' }];
    const { body } = await browser.post('/prospects/bulk', { items }).set('prefer', 'respond-async').expect(202);
    await change(memberId, { role: 'viewer' });

    await run(body.id as string);

    expect(await read(body.id as string)).toMatchObject({ state: 'failed', error: { code: 'job_rights_ended' } });
    expect((await t.as(t.owner.key).get('/prospects?q=lowered').expect(200)).body.data).toEqual([]);
  });
});
