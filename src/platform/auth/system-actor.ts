import type { Actor } from './actor.js';

/** The product itself: workers, schedules, verifiers. */
export function systemActor(workspaceId: string): Actor {
  return { workspaceId, userId: null, memberId: null, role: 'owner', projectIds: null, permissions: new Set(), via: 'system' };
}

/** Somebody with a signed link and no login: a prospect, a mail client's unsubscribe button. */
export function publicActor(workspaceId: string, requestId?: string): Actor {
  return {
    workspaceId,
    userId: null,
    memberId: null,
    role: 'viewer',
    projectIds: null,
    permissions: new Set(),
    via: 'public',
    ...(requestId !== undefined && { requestId }),
  };
}
