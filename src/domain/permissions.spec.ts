import { keyPermissions, type Permission, PERMISSIONS, type Role, ROLE_PERMISSIONS, type Scope, scopesBeyond } from './permissions.js';

describe('ROLE_PERMISSIONS', () => {
  it.each([
    ['viewer', 'member'],
    ['member', 'manager'],
    ['manager', 'owner'],
  ] as const)('gives a %s nothing that a %s lacks', (lower, higher) => {
    const missing = [...ROLE_PERMISSIONS[lower]].filter((permission) => !ROLE_PERMISSIONS[higher].has(permission));

    expect(missing).toEqual([]);
    expect(ROLE_PERMISSIONS[higher].size).toBeGreaterThan(ROLE_PERMISSIONS[lower].size);
  });

  it('lets a viewer change nothing', () => {
    expect([...ROLE_PERMISSIONS.viewer].filter((permission) => !permission.endsWith(':read'))).toEqual([]);
  });

  it('gives an owner everything', () => {
    expect([...ROLE_PERMISSIONS.owner].sort()).toEqual([...PERMISSIONS].sort());
  });

  it.each<[Role, Permission, boolean]>([
    ['viewer', 'prospects:read', true],
    ['viewer', 'mailboxes:read', false],
    ['viewer', 'suppressions:read', false],
    ['member', 'suppressions:read', true],
    ['viewer', 'api-keys:read', false],
    ['viewer', 'audit-log:read', false],
    ['member', 'suppressions:write', true],
    ['member', 'suppressions:remove', false],
    ['member', 'mailboxes:write', false],
    ['manager', 'suppressions:remove', true],
    ['member', 'prospects:erase', false],
    ['manager', 'prospects:erase', true],
    ['member', 'notes:write', true],
    ['viewer', 'notes:read', false],
    ['manager', 'webhooks:write', true],
    ['manager', 'workspace:write', false],
    ['manager', 'members:write', false],
    ['owner', 'members:write', true],
  ])('%s, %s: %s', (role, permission, allowed) => {
    expect(ROLE_PERMISSIONS[role].has(permission)).toBe(allowed);
  });
});

describe('keyPermissions', () => {
  it('never exceeds the role of its maker', () => {
    expect([...keyPermissions('viewer', ['prospects:read', 'prospects:write'])]).toEqual(['prospects:read']);
  });

  it('takes * as all that the maker may do, inbound mail aside', () => {
    const key = keyPermissions('manager', ['*']);

    expect(key.has('inbound:write')).toBe(false);
    expect(key.size).toBe(ROLE_PERMISSIONS.manager.size - 1);
  });

  it('gives inbound mail when it is named, beside * too', () => {
    expect([...keyPermissions('manager', ['inbound:write'])]).toEqual(['inbound:write']);
    expect(keyPermissions('manager', ['*', 'inbound:write']).has('inbound:write')).toBe(true);
  });
});

describe('scopesBeyond', () => {
  it.each<[maker: string, role: Role, held: ReadonlySet<Permission>, scopes: Scope[], beyond: Scope[]]>([
    ['an owner at the screen', 'owner', ROLE_PERMISSIONS.owner, ['*', 'inbound:write'], []],
    ['a key with *, though it holds no inbound:write itself', 'owner', keyPermissions('owner', ['*']), ['*', 'inbound:write'], []],
    ['a manager', 'manager', ROLE_PERMISSIONS.manager, ['*', 'webhooks:write', 'workspace:write'], ['workspace:write']],
    [
      'a narrow key of an owner',
      'owner',
      keyPermissions('owner', ['api-keys:write']),
      ['*', 'prospects:read', 'api-keys:write'],
      ['*', 'prospects:read'],
    ],
    ['a narrow key, by way of a mailbox', 'owner', keyPermissions('owner', ['api-keys:write']), ['inbound:write'], ['inbound:write']],
    ['a member', 'member', ROLE_PERMISSIONS.member, ['inbound:write'], ['inbound:write']],
  ])('judges %s', (_, role, held, scopes, beyond) => {
    expect(scopesBeyond(role, held, scopes)).toEqual(beyond);
  });
});
