import { SetMetadata } from '@nestjs/common';
import type { ProblemCode } from '../../../domain/problem-catalogue.js';

export const PROBLEMS_KEY = 'linkwright:problems';

/**
 * The codes that a route may answer of its own. What every route of its kind may answer (no key, no such id, a wrong body, a
 * stale version …) is known without it. A test holds each answer against this list.
 */
export function Problems(...codes: ProblemCode[]): MethodDecorator {
  return SetMetadata(PROBLEMS_KEY, codes);
}
