import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Forbidden, Unauthorized } from '../../domain/errors.js';
import { HttpOptions } from '../http/http-options.js';
import { RequestLimits } from '../limits/request-limits.js';
import type { Actor } from './actor.js';
import { credentialOf } from './credential.js';
import { AlsoRequires, Public, Requires, SignedIn } from './permissions.decorator.js';
import { assertSameOrigin } from './same-origin.js';
import { TokenVerifier } from './token-verifier.js';

export type AuthenticatedRequest = FastifyRequest & { actor?: Actor };

/** Global and closed by default: a route with none of @Public, @SignedIn and @Requires answers 403. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
    private readonly options: HttpOptions,
    private readonly limits: RequestLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const open = Boolean(this.reflector.getAllAndOverride(Public, targets));
    const actor = open ? undefined : await this.authenticate(request);
    this.limits.count(request, context.switchToHttp().getResponse<FastifyReply>(), actor);
    if (open) return true;
    if (!actor) throw new Unauthorized();
    const needed = [this.reflector.getAllAndOverride(Requires, targets) ?? [], this.reflector.getAllAndOverride(AlsoRequires, targets) ?? []].flat();
    if (needed.length === 0 && this.reflector.getAllAndOverride(SignedIn, targets) !== true) throw new Forbidden('Nobody may do this.');
    const missing = needed.find((permission) => !actor.permissions.has(permission));
    if (missing) throw new Forbidden(`This needs the permission ${missing}.`);
    request.actor = { ...actor, requestId: request.id };
    return true;
  }

  private async authenticate(request: AuthenticatedRequest): Promise<Actor | undefined> {
    const credential = credentialOf(request, this.options.publicUrl);
    if (credential.kind === 'session') assertSameOrigin(request, this.options.publicUrl);
    return this.tokens.verify(credential);
  }
}
