import { ROLE_PERMISSIONS, type Role } from '../../domain/permissions.js';
import type { Actor } from '../auth/actor.js';
import { type Rights, requireRightsStill } from './asker-rights.js';

const as = (role: Role, projectIds: readonly string[] | null = null): Rights => ({ role, projectIds, permissions: ROLE_PERMISSIONS[role] });
const asker = (rights: Rights, via: Actor['via'] = 'ui'): Actor => ({ workspaceId: 'w', userId: 'u', memberId: 'm', via, ...rights });
const found = (rights: Rights | undefined) => () => Promise.resolve(rights);

describe('requireRightsStill', () => {
  it.each<[what: string, then: Rights, now: Rights, left: Rights]>([
    ['what they were, when nothing has changed', as('member'), as('member'), as('member')],
    ['no more, when they have risen', as('member'), as('owner'), as('member')],
    ['less, when they were lowered', as('owner'), as('member'), as('member')],
    ['the projects that were and are theirs', as('member', ['a', 'b']), as('member', ['b', 'c']), as('member', ['b'])],
    ['no more projects, when they now see all', as('member', ['a']), as('member'), as('member', ['a'])],
    ['fewer, when they saw all', as('member'), as('member', ['c']), as('member', ['c'])],
  ])('leaves the asker %s', async (_, then, now, left) => {
    expect(await requireRightsStill(asker(then), ['prospects:write'], found(now))).toEqual(asker(left));
  });

  it.each<[what: string, now: Rights | undefined]>([
    ['has gone', undefined],
    ['was made a viewer', as('viewer')],
    ['has a key without that scope', { ...as('owner'), permissions: new Set(['prospects:read']) }],
  ])('ends the work of somebody who %s', async (_, now) => {
    await expect(requireRightsStill(asker(as('owner')), ['prospects:write'], found(now))).rejects.toMatchObject({ code: 'job_rights_ended' });
  });

  it('asks nobody about the product itself', async () => {
    const itself = asker({ role: 'owner', projectIds: null, permissions: new Set() }, 'system');

    expect(await requireRightsStill(itself, ['prospects:write'], found(undefined))).toBe(itself);
  });
});
