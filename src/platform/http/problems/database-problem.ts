import { QueryFailedError } from 'typeorm';
import { constraintProblem } from './constraint-problems.js';
import type { ProblemSpec } from './problem.js';

interface PostgresError extends Error {
  readonly code: string;
  readonly constraint?: string;
}

const UNAVAILABLE: ProblemSpec = {
  status: 503,
  code: 'unavailable',
  detail: 'The database does not answer at the moment. Try again shortly.',
  headers: { 'retry-after': '5' },
};

/** By SQLSTATE (PostgreSQL appendix A), where no constraint says it better. */
const BY_STATE: Readonly<Record<string, ProblemSpec>> = {
  '23505': { status: 409, code: 'already_exists', detail: 'Another one with the same value exists already.' },
  '40001': { status: 503, code: 'try_again', detail: 'Others changed the same things at the same time. Try again.', headers: { 'retry-after': '1' } },
  '40P01': { status: 503, code: 'try_again', detail: 'Others changed the same things at the same time. Try again.', headers: { 'retry-after': '1' } },
  '23514': { status: 400, code: 'invalid_request', detail: 'A value is outside of what is allowed.', unforeseen: true },
  '57014': UNAVAILABLE,
  ECONNREFUSED: UNAVAILABLE,
  ECONNRESET: UNAVAILABLE,
};

/** Whole classes: 08 connection, 22 data (too long, NUL, not a number), 53 resources, 57 operator (shutdown). */
const BY_CLASS: Readonly<Record<string, ProblemSpec>> = {
  '08': UNAVAILABLE,
  '22': { status: 400, code: 'invalid_request', detail: 'A value is too long, or not of the kind that is stored here.', unforeseen: true },
  '53': UNAVAILABLE,
  '57': UNAVAILABLE,
};

/** A problem for what the database refused; undefined when the fault is ours. */
export function databaseProblem(error: unknown): ProblemSpec | undefined {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!isPostgresError(cause)) return undefined;
  const named = constraintProblem(cause.constraint);
  if (named) return named;
  if (cause.code === '23503') return brokenReference(cause);
  return BY_STATE[cause.code] ?? (cause.code.length === 5 ? BY_CLASS[cause.code.slice(0, 2)] : undefined);
}

/** Ids inside bodies answer 404 like those in paths (api.md); a row that others point at cannot go. */
function brokenReference(error: PostgresError): ProblemSpec {
  return error.message.startsWith('update or delete on table')
    ? { status: 409, code: 'still_in_use', detail: 'Others still refer to this.' }
    : { status: 404, code: 'not_found', detail: 'Something that this refers to does not exist.' };
}

function isPostgresError(error: unknown): error is PostgresError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
