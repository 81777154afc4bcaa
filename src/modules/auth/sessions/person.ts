import { Forbidden } from '../../../domain/errors.js';
import type { Actor } from '../../../platform/auth/actor.js';

/** Somebody at the screen: what concerns their own login is not for their keys. */
export type Person = Actor & { readonly userId: string; readonly memberId: string; readonly sessionId: string };

/** @throws Forbidden for an API key */
export function requirePerson(actor: Actor): Person {
  const { userId, memberId, sessionId } = actor;
  if (userId === null || memberId === null || sessionId === undefined) {
    throw new Forbidden('This is for a person who has logged in, not for an API key.');
  }
  return { ...actor, userId, memberId, sessionId };
}
