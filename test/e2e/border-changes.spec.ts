import { BORDER_CHANGES, changeRuleOf } from '../../src/domain/border-changes.js';
import { CONTRACT_ROUTES, ID_IN_PATH, isPublic } from '../support/contract-routes.js';
import { makeCampaign, makeProject, makeSequence, makeTargetPage, makeTemplate } from '../support/factories.js';
import { everythingOf, plantThings, type PlantedIds } from '../support/planted-things.js';
import { rightBody } from '../support/right-bodies.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const CHANGING = CONTRACT_ROUTES.filter((route) => route.method !== 'get' && !isPublic(route));
const SHUT = CHANGING.filter(({ path }) => changeRuleOf(path)?.reach === 'nothing');

describe('whoever is held to some projects', () => {
  let t: TestApp;
  let own: PlantedIds;
  let projectId: string;
  /** An owner's, for everything, inside one project. */
  let bound: string;

  beforeAll(async () => {
    t = await createTestApp({ env: { SANDBOX: 'true' } });
    own = await plantThings(t, t.owner, { project: 'own', catalogue: 'home' });
    projectId = own['projects'] ?? '';
    const scopes = ['*', 'inbound:write'];
    const body = { name: 'bound', scopes, mailboxId: own['mailboxes'], projectIds: [projectId] };
    bound = (await t.as(t.owner.key).post('/api-keys', body).expect(201)).body.key as string;
    await t.db.query('UPDATE users SET installation_owner = true WHERE id = $1', [t.owner.userId]);
  });

  afterAll(() => t.close());

  const send = (key: string, { name, method, path }: (typeof CHANGING)[number]) => {
    const filled = path.replaceAll(ID_IN_PATH, (_, word: string) => `${word}/${own[word] ?? word}`);
    const body = rightBody(name, own);
    const call = t.request()[method](`/api/v1${filled}`).set('authorization', `Bearer ${key}`).set('if-match', '*');
    return call.type(typeof body === 'string' ? 'message/rfc822' : 'json').send(body);
  };

  it('changes nothing that all projects share, with an owner’s key for everything either', async () => {
    const before = await everythingOf(t, t.owner.workspaceId);
    const now = t.clock.now();
    const wrong: string[] = [];

    for (const route of SHUT) {
      const { status, body, text } = await send(bound, route);
      if (status !== 403 || body.code !== 'outside_border' || !String(body.detail).includes(changeRuleOf(route.path)?.because ?? '?')) {
        wrong.push(`${route.name}: ${status} ${text.slice(0, 200)}`);
      }
    }

    expect(wrong).toEqual([]);
    expect(SHUT.length).toBeGreaterThan(11);
    expect(await everythingOf(t, t.owner.workspaceId)).toEqual(before);
    expect((await t.as(bound).get('/sandbox/clock').expect(200)).body.now).toBe(now.toISOString());
  });

  it('is refused so by the border alone: the same calls mean something to who sees all projects', async () => {
    const refused: string[] = [];
    for (const route of SHUT) {
      const { body } = await send(t.owner.key, route);
      if (body.code === 'outside_border') refused.push(route.name);
    }

    expect(refused).toEqual([]);
  });

  it('meets a border nowhere else but where the table says so', async () => {
    // an erasure and a merge reach into what stands in every project
    const EXPECTED = ['post /projects', 'post /contacts/{id}/merge', 'post /contacts/{id}/erase'];
    const refused: string[] = [];
    for (const route of CHANGING.filter((one) => changeRuleOf(one.path)?.reach !== 'nothing' && !one.path.startsWith('/auth'))) {
      const { body } = await send(bound, route);
      if (body.code === 'outside_border') refused.push(route.name);
    }

    expect(refused).toEqual(EXPECTED);
  });

  describe('changes a template or a sequence', () => {
    const call = async (kind: 'templates' | 'sequences', id: string, key = bound) =>
      (await t.as(key).patch(`/${kind}/${id}`, { name: 'new' }, '*')).body;
    const used = async (inProject: string): Promise<{ template: string; sequence: string }> => {
      const { workspaceId } = t.owner;
      const template = await makeTemplate(t.db, workspaceId);
      const steps = [{ templateId: template.id, delay: { value: 0, unit: 'minutes' } }];
      const sequence = (await t.as(t.owner.key).post('/sequences', { name: 'Used', steps }).expect(201)).body.id as string;
      const page = await makeTargetPage(t.db, workspaceId, { projectId: inProject });
      await makeCampaign(t.db, workspaceId, { projectId: inProject, targetPageId: page.id, sequenceId: sequence });
      return { template: template.id, sequence };
    };

    it('that nobody uses, or their own projects alone', async () => {
      const free = { template: (await makeTemplate(t.db, t.owner.workspaceId)).id, sequence: (await makeSequence(t.db, t.owner.workspaceId)).id };

      for (const { template, sequence } of [free, await used(projectId)]) {
        expect(await call('templates', template)).toMatchObject({ name: 'new', version: 2 });
        expect(await call('sequences', sequence)).toMatchObject({ name: 'new', version: 2 });
      }
    });

    it('but none that a campaign of another project uses, in a version from before either', async () => {
      const { template, sequence } = await used((await makeProject(t.db, t.owner.workspaceId)).id);
      const other = await makeTemplate(t.db, t.owner.workspaceId);
      const steps = [{ templateId: other.id, delay: { value: 0, unit: 'minutes' } }];
      await t.as(t.owner.key).patch(`/sequences/${sequence}`, { steps }, '*').expect(200);
      const before = await everythingOf(t, t.owner.workspaceId);

      for (const refused of [
        await call('templates', template.toUpperCase()),
        await call('templates', other.id),
        await call('sequences', sequence),
        await call('templates', other.id, await t.makeKey('member', { projectIds: [projectId] })),
      ]) {
        expect(refused).toMatchObject({ status: 403, code: 'outside_border', detail: expect.stringContaining('a project that you do not see') });
      }
      expect((await everythingOf(t, t.owner.workspaceId)).filter((row, at) => JSON.stringify(row) !== JSON.stringify(before[at]))).toEqual([
        expect.objectContaining({ name: 'api_keys' }), // of the member
        expect.objectContaining({ name: 'members' }),
      ]);
      expect(await call('templates', template, t.owner.key)).toMatchObject({ name: 'new' });
    });
  });

  it('has a reason for everything in the table', () => {
    expect(Object.values(BORDER_CHANGES).filter(({ because }) => because.length < 10)).toEqual([]);
  });
});
