import { judgeNewcomer, judgeStanding, mayStillInvite, type Standing, type StandingChange, type TeamManager } from './member-rules.js';
import { keyPermissions, ROLE_PERMISSIONS, type Role } from './permissions.js';

const OWNER: TeamManager = { role: 'owner', projectIds: null, permissions: ROLE_PERMISSIONS.owner };
const MANAGER: TeamManager = { role: 'manager', projectIds: null, permissions: ROLE_PERMISSIONS.manager };
const WHOLE_KEY: TeamManager = { ...OWNER, permissions: keyPermissions('owner', ['*']) };
const NARROW_KEY: TeamManager = { ...OWNER, permissions: keyPermissions('owner', ['members:write']) };
const SCOPED_KEY: TeamManager = { ...OWNER, projectIds: ['tea'] };

const member = (over: Partial<Standing> = {}): Standing => ({ role: 'member', projectIds: null, active: true, ...over });

describe('judgeStanding', () => {
  it.each<[what: string, by: TeamManager, now: Standing, change: StandingChange, outcome: Standing | string]>([
    ['an owner promotes a member', OWNER, member(), { role: 'manager' }, member({ role: 'manager' })],
    ['an owner narrows a member', OWNER, member(), { projectIds: ['tea'] }, member({ projectIds: ['tea'] })],
    ['an owner opens everything', OWNER, member({ projectIds: ['tea'] }), { projectIds: null }, member()],
    ['nothing is asked', OWNER, member({ projectIds: ['tea'] }), {}, member({ projectIds: ['tea'] })],
    ['who becomes an owner sees all', OWNER, member({ projectIds: ['tea'] }), { role: 'owner' }, member({ role: 'owner' })],
    ['an owner with a border', OWNER, member(), { role: 'owner', projectIds: ['tea'] }, 'owner_sees_all'],
    ['a border for an owner', OWNER, member({ role: 'owner' }), { projectIds: ['tea'] }, 'owner_sees_all'],
    [
      'an owner who becomes a member with a border',
      OWNER,
      member({ role: 'owner' }),
      { role: 'member', projectIds: ['tea'] },
      member({ projectIds: ['tea'] }),
    ],
    ['somebody goes', OWNER, member(), { active: false }, member({ active: false })],
    ['somebody comes back', OWNER, member({ active: false }), { active: true }, member()],
    ['a manager promotes to manager', MANAGER, member(), { role: 'manager' }, member({ role: 'manager' })],
    ['a manager promotes to owner', MANAGER, member(), { role: 'owner' }, 'role_exceeds_yours'],
    ['a manager demotes an owner', MANAGER, member({ role: 'owner' }), { role: 'viewer' }, 'outranks_you'],
    ['a whole key promotes to owner', WHOLE_KEY, member(), { role: 'owner' }, member({ role: 'owner' })],
    ['a narrow key promotes', NARROW_KEY, member(), { role: 'manager' }, 'role_exceeds_yours'],
    ['a narrow key widens', NARROW_KEY, member({ projectIds: ['tea'] }), { projectIds: ['tea', 'cup'] }, 'role_exceeds_yours'],
    ['a narrow key opens everything', NARROW_KEY, member({ projectIds: ['tea'] }), { projectIds: null }, 'role_exceeds_yours'],
    ['a narrow key brings back', NARROW_KEY, member({ active: false }), { active: true }, 'role_exceeds_yours'],
    ['a narrow key demotes', NARROW_KEY, member({ role: 'manager' }), { role: 'viewer' }, member({ role: 'viewer' })],
    ['a narrow key narrows', NARROW_KEY, member({ projectIds: ['tea', 'cup'] }), { projectIds: ['cup'] }, member({ projectIds: ['cup'] })],
    ['a narrow key takes out', NARROW_KEY, member(), { active: false }, member({ active: false })],
    ['somebody scoped narrows', SCOPED_KEY, member(), { projectIds: ['tea'] }, 'outside_border'],
    ['somebody scoped takes out', SCOPED_KEY, member(), { active: false }, 'outside_border'],
  ])('%s', (_, by, now, change, outcome) => {
    expect(judgeStanding(by, now, change, 1)).toEqual(typeof outcome === 'string' ? { refused: outcome } : { next: outcome });
  });

  it.each<[what: string, change: StandingChange, others: number, refused: boolean]>([
    ['is demoted', { role: 'manager' }, 0, true],
    ['goes', { active: false }, 0, true],
    ['is demoted beside another', { role: 'manager' }, 1, false],
    ['goes beside another', { active: false }, 1, false],
    ['stays', {}, 0, false],
  ])('keeps an owner in the workspace: one %s', (_, change, others, refused) => {
    expect(judgeStanding(OWNER, member({ role: 'owner' }), change, others).refused).toBe(refused ? 'last_owner' : undefined);
  });

  it('lets an owner who has gone be demoted, though there is only one other', () => {
    expect(judgeStanding(OWNER, member({ role: 'owner', active: false }), { role: 'viewer' }, 0).refused).toBeUndefined();
  });
});

describe('judgeNewcomer', () => {
  it.each<[what: string, by: TeamManager, role: Role, projectIds: string[] | null, refused: string | undefined]>([
    ['an owner invites an owner', OWNER, 'owner', null, undefined],
    ['an owner invites a client of one project', OWNER, 'viewer', ['tea'], undefined],
    ['an owner invites an owner of one project', OWNER, 'owner', ['tea'], 'owner_sees_all'],
    ['a manager invites a manager', MANAGER, 'manager', null, undefined],
    ['a manager invites an owner', MANAGER, 'owner', null, 'role_exceeds_yours'],
    ['a narrow key invites a viewer', NARROW_KEY, 'viewer', null, 'role_exceeds_yours'],
    ['somebody scoped invites into their own border', SCOPED_KEY, 'viewer', ['tea'], 'outside_border'],
  ])('%s', (_, by, role, projectIds, refused) => {
    expect(judgeNewcomer(by, { role, projectIds })).toBe(refused);
  });
});

describe('mayStillInvite', () => {
  it.each<[what: string, inviter: Standing, role: Role, may: boolean]>([
    ['an owner', member({ role: 'owner' }), 'owner', true],
    ['an owner who has gone', member({ role: 'owner', active: false }), 'viewer', false],
    ['an owner who became a member', member(), 'viewer', false],
    ['somebody with a border', member({ role: 'owner', projectIds: ['tea'] }), 'viewer', false],
  ])('%s: %#', (_, inviter, role, may) => {
    expect(mayStillInvite(inviter, role)).toBe(may);
  });
});
