import { HttpException } from '@nestjs/common';
import { DomainError, type ErrorKind, LimitReached } from '../../../domain/errors.js';
import { databaseProblem } from './database-problem.js';
import { HttpProblem } from './http-problem.js';
import { codeOfStatus, type ProblemSpec } from './problem.js';

const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: 422,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  precondition: 412,
  limit: 429,
};

/** Of an error that nobody foresaw the client learns nothing but that it is ours. */
const OUR_FAULT: ProblemSpec = {
  status: 500,
  code: 'internal_error',
  detail: 'Something went wrong on our side. The request id finds it in the log.',
};

/** RFC 9110 section 11.6.1: a 401 says how to come in. */
const CHALLENGE = { 'www-authenticate': 'Bearer' };

/** What any thrown thing amounts to for the client. */
export function describeError(error: unknown): ProblemSpec {
  if (error instanceof DomainError) return describeDomainError(error);
  if (error instanceof HttpProblem) return { status: error.getStatus(), code: error.code, detail: error.message, ...error.more };
  if (error instanceof HttpException) return describeHttpException(error);
  return databaseProblem(error) ?? OUR_FAULT;
}

function describeDomainError(error: DomainError): ProblemSpec {
  const status = STATUS_OF_KIND[error.kind];
  return { status, code: error.code, detail: error.message, facts: error.facts, ...headersOf(error) };
}

function headersOf(error: DomainError): Pick<ProblemSpec, 'headers'> {
  if (error.kind === 'unauthorized') return { headers: CHALLENGE };
  return error instanceof LimitReached ? { headers: { 'retry-after': String(error.facts.retryAfterSeconds) } } : {};
}

/** Nest's own exceptions and Fastify's errors, which Nest hands on as HttpException. */
function describeHttpException(error: HttpException): ProblemSpec {
  const status = error.getStatus();
  if (status === 413) return { status, code: 'body_too_large', detail: 'The body is larger than this address takes.' };
  if (status === 415) return { status, code: 'unsupported_media_type', detail: 'This address does not take a body of this Content-Type.' };
  const code = codeOfStatus(status);
  return { status, code, detail: error.message, ...(status === 401 && { headers: CHALLENGE }) };
}
