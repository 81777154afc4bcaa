import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { DataSource } from 'typeorm';
import { NotFound } from '../../../domain/errors.js';
import type { Actor } from '../../auth/actor.js';
import type { AuthenticatedRequest } from '../../auth/auth.guard.js';
import { firstRow } from '../../database/sql.js';
import { isId } from '../../ids.js';
import { FILTER_FIELDS, type FilterFields, QUERY_IDS } from './filters.js';
import { InvalidRequest } from '../problems/http-problem.js';
import { queryPointer } from '../problems/pointer.js';
import type { QueryObject } from '../input/query-string.js';
import { type Reference, referenceOf } from './references.js';

/**
 * Looks at what is given for filters before the list does. A value that no row can have is refused. Ids answer 404 like those
 * in paths (api.md, "Which status"): an empty list would let a caller believe that the campaign is there and has nothing. It
 * costs one look at a primary key for each such filter.
 */
@Injectable()
export class FilterValues implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly db: DataSource,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { actor, query } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { filter } = query as QueryObject;
    const fields = this.reflector.get<FilterFields | undefined>(FILTER_FIELDS, context.getHandler());
    if (actor && fields && isObject(filter)) {
      for (const [field, choices] of Object.entries(fields)) {
        checkChoice(field, filter[field], choices);
        await this.checkIds(actor, ['filter', field], filter[field]);
      }
    }
    const ids = this.reflector.get<readonly string[] | undefined>(QUERY_IDS, context.getHandler()) ?? [];
    if (actor) for (const name of ids) await this.checkIds(actor, [name], (query as QueryObject)[name]);
    return next.handle();
  }

  /** @throws InvalidRequest for what is no id, NotFound for an id of nothing that the actor may see; both point at the parameter */
  private async checkIds(actor: Actor, path: readonly string[], value: QueryObject[string] | undefined): Promise<void> {
    const reference = referenceOf(path.at(-1) ?? '');
    if (typeof value !== 'string' || !reference) return;
    const ids = [...new Set(value.toLowerCase().split(','))];
    if (!ids.every(isId)) throw new InvalidRequest([{ pointer: queryPointer(path), detail: 'must be an id' }]);
    if (!(await this.allThere(actor, reference, ids))) throw new NotFound(reference.thing, queryPointer(path));
  }

  private async allThere(actor: Actor, { table, column = 'id', projectColumn }: Reference, ids: readonly string[]): Promise<boolean> {
    const border = projectColumn === undefined ? '' : ` AND ($3::uuid[] IS NULL OR ${projectColumn} = ANY ($3))`;
    const values = [actor.workspaceId, ids, ...(border === '' ? [] : [actor.projectIds])];
    const sql = `SELECT count(DISTINCT ${column})::int AS found FROM ${table} WHERE workspace_id = $1 AND ${column} = ANY ($2::uuid[])${border}`;
    return (await firstRow<{ found: number }>(this.db, sql, values))?.found === ids.length;
  }
}

/** @throws InvalidRequest for a value that is none of the choices; an empty one is left to the list */
function checkChoice(field: string, value: QueryObject[string] | undefined, choices: readonly string[] | undefined): void {
  if (typeof value !== 'string' || !choices) return;
  if (value.split(',').every((one) => one === '' || choices.includes(one))) return;
  throw new InvalidRequest([{ pointer: queryPointer(['filter', field]), detail: `must be of ${choices.join(', ')}` }]);
}

function isObject(value: QueryObject[string] | undefined): value is QueryObject {
  return typeof value === 'object' && !Array.isArray(value);
}
