import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import type { FieldError } from '../../../domain/errors.js';
import { InvalidRequest } from '../problems/http-problem.js';
import { isId } from '../../ids.js';
import { bodyPointer, pathPointer, queryPointer } from '../problems/pointer.js';

/** What the pipe below throws inside itself, until it knows whether it stands in a body or a query. */
class Rejected extends Error {
  constructor(readonly errors: readonly ValidationError[]) {
    super('rejected');
  }
}

const POINTERS = { body: bodyPointer, query: queryPointer, param: pathPointer, custom: bodyPointer } as const;

/** Parts of a path that are ids by their name; tokens and codes are none. */
const ID_IN_PATH = /^(?:id|\w+Id)$/;

/**
 * Holds bodies and queries to their DTOs: unknown names are refused, and nothing is converted, so "5" is no number in a
 * body. A query is all text: its DTO converts with @Transform where it wants a number.
 */
@Injectable()
export class RequestValidation extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      exceptionFactory: (errors) => new Rejected(errors),
    });
  }

  /** @throws InvalidRequest with a JSON pointer for each field at fault */
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && value !== undefined && this.toValidate(metadata) && !isObject(value)) {
      throw new InvalidRequest([{ pointer: '', detail: 'must be a JSON object' }]);
    }
    if (metadata.type === 'param') checkId(value, metadata.data ?? '');
    try {
      return (await super.transform(value, metadata)) as unknown;
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      throw new InvalidRequest(toFieldErrors(error.errors, POINTERS[metadata.type]));
    }
  }
}

/** Before the pipe of the handler, which knows no name. */
function checkId(value: unknown, name: string): void {
  if (!ID_IN_PATH.test(name) || (typeof value === 'string' && isId(value))) return;
  throw new InvalidRequest([{ pointer: pathPointer([name]), detail: 'must be an id' }]);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

/** One entry a field, in the order of the DTO; what is wrong inside a field stands deeper, not beside it. */
export function toFieldErrors(
  errors: readonly ValidationError[],
  toPointer: (path: readonly string[]) => string,
  parents: readonly string[] = [],
): FieldError[] {
  return errors.flatMap((error) => {
    const path = [...parents, error.property];
    const own = error.constraints ? [{ pointer: toPointer(path), detail: detailOf(error, error.constraints) }] : [];
    return [...own, ...toFieldErrors(error.children ?? [], toPointer, path)];
  });
}

function detailOf(error: ValidationError, constraints: Readonly<Record<string, string>>): string {
  if ('whitelistValidation' in constraints) return 'is not known here';
  if (error.value === undefined && !error.children?.length) return 'is required';
  return Object.values(constraints)
    .map((message) => withoutName(message, error.property))
    .join('; ');
}

/** class-validator puts the name into its sentences; the pointer says it already. */
function withoutName(message: string, property: string): string {
  const plain = message
    .replace(`each value in nested property ${property} `, 'each value ')
    .replace(`nested property ${property} `, '')
    .replace(`each value in ${property} `, 'each value ');
  return plain.startsWith(`${property} `) ? plain.slice(property.length + 1) : plain;
}
