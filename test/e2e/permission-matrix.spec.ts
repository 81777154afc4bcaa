import { keyPermissions, type Permission, PERMISSIONS, ROLES, type Scope } from '../../src/domain/permissions.js';
import { newId } from '../../src/platform/ids.js';
import { hashToken } from '../../src/platform/secrets/tokens.js';
import { CONTRACT_ROUTES, type ContractRoute, isEndless, isOwnAccount, isPublic } from '../support/contract-routes.js';
import { createTestApp, TEST_PASSWORD, type TestApp } from '../support/test-app.js';

/** The resource that a first word belongs to, where it is not called so itself (docs/permissions.md). */
const RESOURCE_OF: Readonly<Record<string, string>> = {
  ...{ contacts: 'prospects', threads: 'messages', board: 'opportunities', meta: 'opportunities' },
  ...{ 'webhook-endpoints': 'webhooks', 'webhook-deliveries': 'webhooks', 'event-types': 'events', stream: 'events' },
  ...{ workspaces: 'workspace', sandbox: 'workspace', invitations: 'members' },
};

/** Where the rule "GET reads, all else writes" does not hold, or does not say all. */
const EXCEPTIONS: Readonly<Record<string, readonly Permission[]>> = {
  'delete /suppressions/{id}': ['suppressions:remove'],
  'post /contacts/{id}/consent-override': ['suppressions:remove'],
  'post /contacts/{id}/erase': ['prospects:erase'],
  'post /mailboxes/{id}/inbound': ['inbound:write'],
  'get /mailboxes/oauth/callback': ['mailboxes:write'],
  'get /invitations': ['members:write'],
  'get /members/{id}/open-work': ['members:write'],
  'post /campaigns/{id}/preflight': ['campaigns:read'],
  'post /campaigns/{id}/prospects': ['enrollments:write', 'prospects:write', 'opportunities:write'],
  'post /enrollments': ['enrollments:write', 'opportunities:write'],
  'post /enrollments/bulk': ['enrollments:write', 'opportunities:write'],
  'post /webhook-endpoints': ['webhooks:write', 'events:read'],
  'patch /webhook-endpoints/{id}': ['webhooks:write', 'events:read'],
  'get /webhook-deliveries/{id}': ['webhooks:read', 'events:read'],
  'post /webhook-deliveries/{id}/replay': ['webhooks:write', 'events:read'],
  'post /sequences/starters': ['sequences:write', 'templates:write'],
  'post /templates/{id}/preview': ['templates:read', 'prospects:read', 'opportunities:read', 'campaigns:read'],
};

/** What the documentation says that a route asks for. */
function documented({ name, method, path }: ContractRoute): readonly Permission[] {
  const word = path.split('/')[1] ?? '';
  const wanted = `${RESOURCE_OF[word] ?? word}:${method === 'get' ? 'read' : 'write'}`;
  const permission = PERMISSIONS.find((one) => one === wanted);
  return EXCEPTIONS[name] ?? (permission ? [permission] : []);
}

const GUARDED = CONTRACT_ROUTES.filter((route) => !isPublic(route) && !isOwnAccount(route));

describe('the permission matrix', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp({ env: { SANDBOX: 'true' } });
  });

  afterAll(() => t.close());

  /** With an id that nothing has and an empty body: whoever may in is told that, and nothing happens. */
  const call = ({ method, path }: ContractRoute, key?: string) => {
    const request = t
      .request()
      [method](`/api/v1${path.replaceAll(/\{\w+\}/g, newId())}`)
      .set('if-match', '*');
    return key === undefined ? request : request.set('authorization', `Bearer ${key}`);
  };

  /** Routes that answer otherwise than they should to who holds these permissions. */
  async function wrongAnswers(key: string, held: ReadonlySet<Permission>): Promise<string[]> {
    const wrong: string[] = [];
    for (const route of GUARDED) {
      const allowed = documented(route).every((permission) => held.has(permission));
      if (allowed && isEndless(route)) continue;
      const { status, body } = await call(route, key);
      const refused = status === 403 && body.code === 'forbidden';
      if (refused === allowed || status === 401 || status >= 500) wrong.push(`${route.name}: ${status} ${body.code}`);
    }
    return wrong;
  }

  it('says of every route which permission it asks for', () => {
    expect(GUARDED.filter((route) => documented(route).length === 0).map(({ name }) => name)).toEqual([]);
    expect(GUARDED.length).toBeGreaterThan(70);
  });

  it('answers 401 on every route to who brings no credential', async () => {
    const wrong: string[] = [];
    for (const route of CONTRACT_ROUTES.filter((one) => !isPublic(one))) {
      const { status } = await call(route);
      if (status !== 401) wrong.push(`${route.name}: ${status}`);
    }

    expect(wrong).toEqual([]);
  });

  it.each(ROLES)('lets a role do on every route what the table says: %s', async (role) => {
    const key = await t.makeKey(role); // with *, which holds all but the scope that needs a mailbox

    expect(await wrongAnswers(key, keyPermissions(role, ['*']))).toEqual([]);
  });

  it.each(PERMISSIONS)('opens to a key of an owner on every route what its one scope says: %s', async (scope) => {
    expect(await wrongAnswers(await t.makeKey([scope]), new Set([scope]))).toEqual([]);
  });

  it('lets a key never exceed its maker, whatever its scopes say', async () => {
    const key = await t.makeKey('viewer');
    const scopes: Scope[] = ['prospects:read', 'prospects:write', 'mailboxes:read'];
    await t.db.query('UPDATE api_keys SET scopes = $3 WHERE workspace_id = $1 AND key_hash = $2', [t.owner.workspaceId, hashToken(key), scopes]);

    expect(await wrongAnswers(key, new Set<Permission>(['prospects:read']))).toEqual([]);
  });

  it.each(CONTRACT_ROUTES.filter(isOwnAccount))('lets anyone who is known: $name', async (route) => {
    const login = await t.request().post('/api/v1/auth/login').send({ email: t.owner.email, password: TEST_PASSWORD }).expect(200);
    const { status, body } = await call(route).set('Cookie', login.get('Set-Cookie') ?? []);

    expect([status, body.code]).not.toEqual([401, 'unauthorized']);
    expect([status, body.code]).not.toEqual([403, 'forbidden']);
  });
});
