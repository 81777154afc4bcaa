import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Forbidden } from '../../domain/errors.js';
import { Clock, MINUTE_MS } from '../clock.js';
import type { AuthenticatedRequest } from './auth.guard.js';

/** So long a proof counts: a screen left open over lunch opens nothing that matters. */
export const PROOF_HOLDS_MS = 10 * MINUTE_MS;

const HOW_TO_CONFIRM = 'Show that it is still you: POST /api/v1/auth/confirm with your password, or log in again; then repeat this.';

/**
 * For what a stolen session must not do: a person has shown within the last ten minutes who they are, by a login or by
 * POST /auth/confirm. A function asks so only of some bodies, which nothing has checked yet. Keys pass: their scopes bound
 * them, and they have no screen that could be left open.
 */
export const RecentLogin = Reflector.createDecorator<true | ((body: unknown) => boolean) | undefined>();

/** Knows when the person of a session last showed who they are; the auth feature provides it. */
export abstract class LoginProofs {
  abstract provedAt(sessionId: string): Promise<Date | undefined>;
}

/** Comes after AuthGuard, which knows the actor. */
@Injectable()
export class RecentLoginGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly proofs: LoginProofs,
    private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const asked = this.reflector.getAllAndOverride(RecentLogin, [context.getHandler(), context.getClass()]);
    const { actor, body } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (asked === undefined || actor?.via === 'key' || (asked !== true && !asked(body))) return true;
    const provedAt = actor?.sessionId === undefined ? undefined : await this.proofs.provedAt(actor.sessionId);
    const age = provedAt === undefined ? Infinity : this.clock.now().getTime() - provedAt.getTime();
    if (age >= PROOF_HOLDS_MS) throw new Forbidden(HOW_TO_CONFIRM, 'confirmation_required');
    return true;
  }
}
