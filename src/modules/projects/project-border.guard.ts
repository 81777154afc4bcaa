import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import { borderWord, wordOfField } from '../../domain/project-border.js';
import type { AuthenticatedRequest } from '../../platform/auth/auth.guard.js';
import { Public } from '../../platform/auth/permissions.decorator.js';
import { type IdBearers, idsInFields, idsInPath } from '../../platform/http/lists/named-ids.js';
import { type NamedThing, requireInside } from './project-border.service.js';

/**
 * The second border, at the door and for every route: whoever has only some projects finds nothing of the others, whether
 * its id stands in the path, a filter or the body. Lists and what is read along with a thing are narrowed by their queries,
 * items of a bulk request by `requireInside`. What a thing belongs to does not change once anything hangs on it, so that
 * asking before the transaction is enough. Runs after AuthGuard.
 */
@Injectable()
export class ProjectBorderGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly db: DataSource,
  ) {}

  /** @throws NotFound */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride(Public, [context.getHandler(), context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { actor, params, query, body } = request;
    if (!actor) throw new Error('The project border stands before the guard that says who comes.');
    if (actor.projectIds === null) return true;
    await requireInside(this.db, actor, thingsNamed({ route: request.routeOptions.url ?? '', params, query, body }));
    return true;
  }
}

/** @throws NotFound for an id in the path that nobody says anything about: closed until the border's table knows it */
function thingsNamed(request: IdBearers): NamedThing[] {
  const inPath = idsInPath(request).map(({ word, id }) => {
    const known = borderWord(word);
    if (!known) throw new NotFound('thing');
    return { word: known, id };
  });
  const inFields = idsInFields(request).flatMap(({ field, id, pointer }) => {
    const word = wordOfField(field);
    return word ? [{ word, id, pointer }] : [];
  });
  return [...inPath, ...inFields];
}
