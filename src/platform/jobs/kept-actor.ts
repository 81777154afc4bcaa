import type { Permission } from '../../domain/permissions.js';
import type { Actor } from '../auth/actor.js';

/** An actor as it waits in a row for the work to begin. */
export type KeptActor = Omit<Actor, 'permissions'> & { readonly permissions: readonly Permission[] };

export function keepActor(actor: Actor): KeptActor {
  return { ...actor, permissions: [...actor.permissions] };
}

export function readActor(kept: KeptActor): Actor {
  return { ...kept, permissions: new Set(kept.permissions) };
}
