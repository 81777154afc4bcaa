import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from './actor.js';
import type { AuthenticatedRequest } from './auth.guard.js';

/** The actor whom the guard let in. Only for routes that are not public. */
export const CurrentActor = createParamDecorator((_: undefined, context: ExecutionContext): Actor => {
  const { actor } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!actor) throw new Error('CurrentActor stands on a public route.');
  return actor;
});
