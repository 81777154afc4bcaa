import { STATUS_CODES } from 'node:http';
import { type ProblemCode, problemTitle } from '../../../domain/problem-catalogue.js';

/** What an error amounts to, before it is written as a problem. */
export interface ProblemSpec {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A refusal that validation should have spoken first: the client may go on, but we want to know. */
  readonly unforeseen?: true;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** RFC 9457. The standard members are written last again, so that no fact can pose as one of them. */
export function problemBody(spec: ProblemSpec, url: string): Record<string, unknown> {
  const standard = {
    type: `/problems/${spec.code}`,
    title: problemTitle(spec.code),
    status: spec.status,
    detail: spec.detail,
    instance: url.split('?')[0],
    code: spec.code,
  };
  return { ...standard, ...spec.facts, ...standard };
}

const CODES: Readonly<Record<number, ProblemCode>> = {
  400: 'invalid_request',
  404: 'not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'unavailable',
};

/** The code of a status that came without one, from a framework. */
export function codeOfStatus(status: number): string {
  return CODES[status] ?? (STATUS_CODES[status] ?? 'error').toLowerCase().replaceAll(/[^a-z]+/g, '_');
}
