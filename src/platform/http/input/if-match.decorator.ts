import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { HttpProblem, PreconditionRequired } from '../problems/http-problem.js';

/** The version that a change was made for; `*` for whichever there is. */
export type IfVersion = number | '*';

/** `"7"`; a proxy that compresses answers may have weakened it to `W/"7"`, which for a version number means the same. */
const VERSION_TAG = /^(?:W\/)?"(\d{1,9})"$/;

/** @throws PreconditionRequired when absent, HttpProblem 400 when it is no tag of ours */
export function parseIfMatch(header: string | undefined): IfVersion {
  if (header === undefined || header.trim() === '') throw new PreconditionRequired();
  const tag = header.trim();
  if (tag === '*') return '*';
  const version = VERSION_TAG.exec(tag)?.[1];
  if (version === undefined) throw new HttpProblem(400, 'invalid_if_match', 'If-Match takes one ETag as it was given, as in "3", or *.');
  return Number(version);
}

const DOCUMENTED = ApiHeader({
  name: 'If-Match',
  required: true,
  description: 'ETag of what you read, as in `"3"`, or `*`.',
  schema: { type: 'string' },
});

/** The If-Match header of a change (RFC 9110 section 13.1.1) as a version. */
export const IfMatch = createParamDecorator(
  (_: undefined, context: ExecutionContext): IfVersion => parseIfMatch(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
  [
    (target, name): void => {
      const descriptor = name === undefined ? undefined : Object.getOwnPropertyDescriptor(target, name);
      if (name !== undefined && descriptor) DOCUMENTED(target, name, descriptor);
    },
  ],
);
