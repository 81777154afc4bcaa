import type { FieldError } from '../../../domain/errors.js';
import { isStorableText } from '../../database/storable-text.js';
import { MAX_ERRORS } from '../problems/http-problem.js';

/** Deeper than any body of this API; class-transformer walks by recursion, and must not run out of stack. */
const MAX_DEPTH = 32;

/** More than any list or object of this API may hold; validation costs more than linear in both, and stops the whole process meanwhile. */
const MAX_ITEMS = 1000;
const MAX_PROPERTIES = 200;

/** Nest and class-transformer drop these, and whatever every object has, from what they touch; refused, they cannot vanish silently. */
const RESERVED_NAMES = new Set(['prototype', ...Object.getOwnPropertyNames(Object.prototype)]);

/**
 * What in a parsed body or query cannot be used as it is: strings, names of properties included, and what is nested too deeply or too large.
 * @param toPointer  makes the pointer of a place from the names that lead to it
 */
export function findUnusable(value: unknown, toPointer: (path: readonly string[]) => string): FieldError[] {
  const errors: FieldError[] = [];
  const path: string[] = [];
  const refuse = (detail: string): void => {
    errors.push({ pointer: toPointer(path), detail });
  };
  const visit = (part: unknown): void => {
    if (errors.length >= MAX_ERRORS) return;
    if (typeof part === 'string') {
      if (!isStorableText(part)) refuse('must not hold NUL characters or lone surrogates');
    } else if (isContainer(part)) {
      if (path.length >= MAX_DEPTH) refuse(`must not be nested more than ${MAX_DEPTH} levels deep`);
      else if (Array.isArray(part) && part.length > MAX_ITEMS) refuse(`must not hold more than ${MAX_ITEMS} items`);
      else if (!Array.isArray(part) && Object.keys(part).length > MAX_PROPERTIES) refuse(`must not have more than ${MAX_PROPERTIES} properties`);
      else visitInside(part);
    }
  };
  const visitInside = (container: object): void => {
    for (const [name, inner] of Object.entries(container)) {
      path.push(name);
      if (RESERVED_NAMES.has(name) || !isStorableText(name)) refuse('is a name that no property may have');
      else visit(inner);
      path.pop();
    }
  };
  visit(value);
  return errors;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value);
}
