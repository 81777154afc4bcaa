import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { wordOfField } from '../../../domain/project-border.js';
import { isId } from '../../ids.js';
import { InvalidRequest } from '../problems/http-problem.js';
import { queryPointer } from '../problems/pointer.js';
import type { QueryObject } from '../input/query-string.js';
import { FILTER_FIELDS, type FilterFields } from './filters.js';

/**
 * Refuses a value that no row of a list can have, before the list looks for it: an empty list would let a caller believe that
 * nothing is in that state. Whether an id is of something is the question of the guard of the project border.
 */
@Injectable()
export class FilterValues implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  /** @throws InvalidRequest */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { filter } = context.switchToHttp().getRequest<FastifyRequest>().query as QueryObject;
    const fields = this.reflector.get<FilterFields | undefined>(FILTER_FIELDS, context.getHandler());
    if (fields && isObject(filter)) for (const [field, choices] of Object.entries(fields)) checkValues(field, filter[field], choices);
    return next.handle();
  }
}

/** An empty value is left to the list. */
function checkValues(field: string, given: QueryObject[string] | undefined, choices: readonly string[] | undefined): void {
  if (typeof given !== 'string') return;
  const values = given.split(',').filter((value) => value !== '');
  const wrong =
    (choices && !values.every((value) => choices.includes(value)) && `must be of ${choices.join(', ')}`) ||
    (wordOfField(field) && !values.every(isId) && 'must be an id');
  if (wrong) throw new InvalidRequest([{ pointer: queryPointer(['filter', field]), detail: wrong }]);
}

function isObject(value: QueryObject[string] | undefined): value is QueryObject {
  return typeof value === 'object' && !Array.isArray(value);
}
