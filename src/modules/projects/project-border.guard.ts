import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import { meetsBorder } from '../../domain/border-changes.js';
import { borderWord, wordOfField } from '../../domain/project-border.js';
import type { AuthenticatedRequest } from '../../platform/auth/auth.guard.js';
import { Public } from '../../platform/auth/permissions.decorator.js';
import { API_PREFIX } from '../../platform/http/api-prefix.js';
import { type IdBearers, idsInFields, idsInPath } from '../../platform/http/lists/named-ids.js';
import { FILTER_FIELDS, type FilterFields, QUERY_IDS } from '../../platform/http/lists/filters.js';
import { queryPointer } from '../../platform/http/problems/pointer.js';
import { type NamedThing, requireChangeable, requireThere } from './project-border.service.js';

/**
 * The second border, at the door and for every route: whoever has only some projects finds nothing of the others, whether
 * its id stands in the path, a filter or the body, and changes nothing that all projects share. Lists and what is read along with a thing are narrowed by their queries,
 * items of a bulk request by `requireInside`. What a thing belongs to does not change once anything hangs on it, so that
 * asking before the transaction is enough. For who has all projects only the ids in filters are asked about: an empty list
 * would let them believe that the campaign is there and has nothing. Runs after AuthGuard.
 */
@Injectable()
export class ProjectBorderGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly db: DataSource,
  ) {}

  /** @throws NotFound; Forbidden `outside_border` for a change that concerns all projects */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler();
    if (this.reflector.getAllAndOverride(Public, [handler, context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { actor, params, query, body } = request;
    if (!actor) throw new Error('The project border stands before the guard that says who comes.');
    const route = request.routeOptions.url ?? '';
    if (actor.projectIds === null) {
      const known = this.filtersOf(handler);
      await requireThere(
        this.db,
        actor,
        inFields({ route, params, query, body: undefined }).filter(({ pointer }) => known.has(pointer)),
      );
      return true;
    }
    const named = [...inPath({ route, params }), ...inFields({ route, params, query, body })];
    const path = route.slice(`/${API_PREFIX}`.length);
    if (meetsBorder(request.method, path)) await requireChangeable(this.db, actor, path, named);
    await requireThere(this.db, actor, named);
    return true;
  }

  /** Pointers to the parameters that a list knows; others are left for it to refuse. */
  private filtersOf(handler: ReturnType<ExecutionContext['getHandler']>): Set<string | undefined> {
    const fields = Object.keys(this.reflector.get<FilterFields | undefined>(FILTER_FIELDS, handler) ?? {});
    const others = this.reflector.get<readonly string[] | undefined>(QUERY_IDS, handler) ?? [];
    return new Set([...fields.map((field) => queryPointer(['filter', field])), ...others.map((name) => queryPointer([name]))]);
  }
}

/** @throws NotFound for an id in the path that nobody says anything about: closed until the border's table knows it */
function inPath(request: Pick<IdBearers, 'route' | 'params'>): NamedThing[] {
  return idsInPath(request).map(({ word, id }) => {
    const known = borderWord(word);
    if (!known) throw new NotFound('thing');
    return { word: known, id };
  });
}

function inFields(request: IdBearers): NamedThing[] {
  return idsInFields(request).flatMap(({ field, id, pointer }) => {
    const word = wordOfField(field);
    return word ? [{ word, id, pointer }] : [];
  });
}
