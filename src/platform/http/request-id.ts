import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const SANE = /^[\x21-\x7e]{1,128}$/;

export function newRequestId(): string {
  return randomUUID();
}

/** The caller's X-Request-Id when it can stand in a header and a log line as it is, else one of our own. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SANE.test(given) ? given : newRequestId();
}
