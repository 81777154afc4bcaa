import { Forbidden } from '../../../domain/errors.js';
import { ROLE_PERMISSIONS } from '../../../domain/permissions.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { requireNarrower } from './api-key-bounds.js';

const MANAGER: Actor = {
  workspaceId: 'w',
  userId: 'u',
  memberId: 'm',
  role: 'manager',
  projectIds: null,
  permissions: ROLE_PERMISSIONS.manager,
  via: 'ui',
};
const END = new Date('2026-12-01T00:00:00Z');
const OWNERS = { memberId: 'owner', expiresAt: END, projectIds: ['a', 'b'] };

describe('requireNarrower', () => {
  it.each([
    ['no end any more', { expiresAt: null }],
    ['a later end', { expiresAt: new Date('2027-01-01T00:00:00Z') }],
    ['all projects', { projectIds: null }],
    ['another project', { projectIds: ['a', 'c'] }],
  ])('does not give the key of somebody else %s', (_, wish) => {
    expect(() => {
      requireNarrower(MANAGER, OWNERS, wish);
    }).toThrow(Forbidden);
  });

  it.each([
    ['an earlier end', { expiresAt: new Date('2026-11-20T00:00:00Z') }],
    ['fewer projects', { projectIds: ['b'] }],
    ['nothing but another name', {}],
  ])('gives it %s', (_, wish) => {
    expect(() => {
      requireNarrower(MANAGER, OWNERS, wish);
    }).not.toThrow();
  });

  it('lets its maker widen it', () => {
    const own = { ...OWNERS, memberId: 'm' };

    expect(() => {
      requireNarrower(MANAGER, own, { expiresAt: null, projectIds: null });
    }).not.toThrow();
  });
});
