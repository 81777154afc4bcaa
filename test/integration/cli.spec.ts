import { createUser } from '../../src/cli/create-user.js';
import { seed } from '../../src/cli/seed.js';
import { turnOffTotp } from '../../src/cli/turn-off-totp.js';
import { type BareTestApp, createBareTestApp } from '../support/test-app.js';

describe('the commands', () => {
  let test: BareTestApp;

  beforeEach(async () => {
    test = await createBareTestApp();
  });

  afterEach(() => test.close());

  const PASSWORD = { password: 'long enough for this' };
  const logIn = (email: string, password: string) => test.request().post('/api/v1/auth/login').send({ email, password });

  describe('create-user', () => {
    const owner = { email: 'ann@tea.example', name: 'Ann', role: 'owner', workspace: 'Tea links' } as const;

    it('makes the first owner with a workspace: nobody can set the installation up any more', async () => {
      expect(await createUser(test.app, owner, PASSWORD)).toBe('ann@tea.example is now owner of the new workspace Tea links.');

      const response = await logIn('ann@tea.example', PASSWORD.password).expect(200);
      expect(response.body).toMatchObject({ role: 'owner', workspace: { name: 'Tea links' } });
      const setup = { setupToken: 'x'.repeat(32), workspaceName: 'Mine', name: 'Eve', email: 'eve@tea.example', password: 'long enough for this' };
      await test.request().post('/api/v1/auth/setup').send(setup).expect(409);
    });

    it('lets a colleague into the only workspace there is, once', async () => {
      await createUser(test.app, owner, PASSWORD);
      const colleague = { email: 'bo@tea.example', name: 'Bo', role: 'viewer' } as const;

      expect(await createUser(test.app, colleague, PASSWORD)).toBe('bo@tea.example is now viewer of Tea links.');

      const response = await logIn('bo@tea.example', PASSWORD.password).expect(200);
      await expect(createUser(test.app, colleague, response.body.user.id as string)).rejects.toThrow('bo@tea.example belongs to Tea links already.');
    });

    it.each([
      ['a workspace that is not there', { ...owner, role: 'member' } as const, PASSWORD, 'There is no such workspace'],
      ['a short password', owner, { password: 'short' }, 'A password has 10 to 200 characters'],
    ])('refuses %s, and leaves nothing behind', async (_, wish, who, problem) => {
      await expect(createUser(test.app, wish, who)).rejects.toThrow(problem);

      expect(await test.db.query('SELECT FROM users')).toEqual([]);
      expect(await test.db.query('SELECT FROM installation WHERE set_up_at IS NOT NULL')).toEqual([]);
    });
  });

  it('turn-off-totp lets in again who lost their app, once', async () => {
    await createUser(test.app, { email: 'ann@tea.example', name: 'Ann', role: 'owner', workspace: 'Tea links' }, PASSWORD);
    await test.db.query(`INSERT INTO second_factors (user_id, secret_sealed, created_at, confirmed_at) SELECT id, 'x', now(), now() FROM users`);
    expect((await logIn('ann@tea.example', PASSWORD.password).expect(401)).body.code).toBe('totp_required');

    expect(await turnOffTotp(test.app, 'ANN@tea.example')).toContain('logs in with the password alone');

    await logIn('ann@tea.example', PASSWORD.password).expect(200);
    await expect(turnOffTotp(test.app, 'ann@tea.example')).rejects.toThrow('The second factor is not on');
    await expect(turnOffTotp(test.app, 'bo@tea.example')).rejects.toThrow('There is no user with this address.');
    const log = await test.db.query(`/* all-workspaces: there is one */ SELECT via FROM audit_log WHERE action = 'totp.disabled'`);
    expect(log).toEqual([{ via: 'system' }]);
  });

  it('seed changes nothing when it runs again', async () => {
    const said = await seed(test.app);
    const count = async (): Promise<unknown> =>
      test.db.query(
        `/* all-workspaces: counts */ SELECT (SELECT count(*)::int FROM projects) AS projects, (SELECT count(*)::int FROM contacts) AS contacts,
           (SELECT count(*)::int FROM users) AS users`,
      );
    const before = await count();

    expect(await seed(test.app)).toBe('Seeded already; all is in place.');

    expect(await count()).toEqual(before);
    expect(before).toEqual([{ projects: 1, contacts: 3, users: 1 }]);
    await logIn('owner@seed.example', said.split(' ').at(-1) ?? '').expect(200);
  });
});
