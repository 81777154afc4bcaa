import { HttpException } from '@nestjs/common';
import type { FieldError } from '../../../domain/errors.js';
import type { ProblemCode } from '../../../domain/problem-catalogue.js';

/** A refusal that belongs to HTTP itself, not to the trade: shape of the request, headers, methods. */
export class HttpProblem extends HttpException {
  constructor(
    status: number,
    readonly code: ProblemCode,
    detail: string,
    readonly more: { readonly facts?: Readonly<Record<string, unknown>>; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail, status);
  }
}

/** Enough to mend by: a body of a megabyte could be wrong in a hundred thousand places. */
export const MAX_ERRORS = 100;

/** 400: the request does not match openapi.json. Each error points at what is wrong. */
export class InvalidRequest extends HttpProblem {
  constructor(errors: readonly FieldError[], code: ProblemCode = 'invalid_request') {
    super(400, code, summary(errors), { facts: { errors: errors.slice(0, MAX_ERRORS) } });
  }
}

function summary(errors: readonly FieldError[]): string {
  const [first] = errors;
  if (!first) return 'The request does not match the contract in /openapi.json.';
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${first.pointer || 'The body'}: ${first.detail}${others}`;
}

/** 428 (RFC 6585 section 3): the change must say which version it was made for. */
export class PreconditionRequired extends HttpProblem {
  constructor() {
    super(428, 'precondition_required', 'Send If-Match with the ETag of what you read, as in If-Match: "3", or * to change any version.');
  }
}
