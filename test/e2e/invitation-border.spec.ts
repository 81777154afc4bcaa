import { makeProject } from '../support/factories.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

describe('the list of invitations', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp();
  });

  afterAll(() => t.close());

  it('is shown to no key that is held to some projects: it names people of all of them', async () => {
    const project = await makeProject(t.db, t.owner.workspaceId);
    const api = t.as(t.owner.key);
    await api.post('/invitations', { email: 'ann@far.example', role: 'viewer' }).expect(201);
    const bound = (await api.post('/api-keys', { name: 'bound', scopes: ['*'], projectIds: [project.id] }).expect(201)).body.key as string;

    const refused = await t.as(bound).get('/invitations').expect(403);
    const shown = await api.get('/invitations').expect(200);

    expect(refused.body.code).toBe('forbidden');
    expect(shown.body.data).toHaveLength(1);
  });
});
