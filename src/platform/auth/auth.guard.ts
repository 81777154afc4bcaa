import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Forbidden, Unauthorized } from '../../domain/errors.js';
import { HttpOptions } from '../http/http-options.js';
import type { Actor } from './actor.js';
import { credentialOf } from './credential.js';
import { Public, Requires, SignedIn } from './permissions.decorator.js';
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
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride(Public, targets)) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const actor = await this.authenticate(request);
    if (!actor) throw new Unauthorized();
    const needed = this.reflector.getAllAndOverride(Requires, targets);
    const allowed = needed ? actor.permissions.has(needed) : this.reflector.getAllAndOverride(SignedIn, targets) === true;
    if (!allowed) throw new Forbidden(needed ? `This needs the permission ${needed}.` : 'Nobody may do this.');
    request.actor = { ...actor, requestId: request.id };
    return true;
  }

  private async authenticate(request: AuthenticatedRequest): Promise<Actor | undefined> {
    const credential = credentialOf(request, this.options.publicUrl);
    if (credential.kind === 'session') assertSameOrigin(request, this.options.publicUrl);
    return this.tokens.verify(credential);
  }
}
