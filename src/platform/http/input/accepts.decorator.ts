import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiConsumes } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../problems/http-problem.js';

export type BodyType = 'application/json' | 'message/rfc822' | 'application/x-www-form-urlencoded' | 'multipart/form-data';

const JSON_ONLY: readonly BodyType[] = ['application/json'];

/** Kinds of body a route takes, JSON alone by default: a form could be sent by any page on the web without asking. */
export function Accepts(...types: BodyType[]): MethodDecorator {
  return applyDecorators(RouteConfig({ accepts: types }), ApiConsumes(...types));
}

/**
 * Refuses a body of another kind, character set or coding before any of it is read.
 * @throws HttpProblem 415
 */
export function checkContentType(request: FastifyRequest): void {
  if (!bodyComes(request)) return;
  const accepted = (request.routeOptions.config as { accepts?: readonly BodyType[] }).accepts ?? JSON_ONLY;
  const header = request.headers['content-type'] ?? '';
  const type = header.split(';')[0]?.trim().toLowerCase();
  if (!accepted.some((one) => one === type)) {
    throw refuse(`Send the body as Content-Type: ${accepted.join(' or ')}.`, { accept: accepted.join(', ') });
  }
  if (type !== 'message/rfc822' && !isUtf8(header)) throw refuse('Send the body as UTF-8.', { accept: accepted.join(', ') });
  checkEncoding(request);
}

function bodyComes({ method, headers }: FastifyRequest): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return method !== 'GET' && method !== 'HEAD' && (encoding !== undefined || (length !== undefined && length !== '0'));
}

/** What is compressed is not unpacked here: a few bytes could become gigabytes. RFC 9110 section 15.5.16 says how to tell. */
function checkEncoding({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') throw refuse('Send the body as it is, without Content-Encoding.', { 'accept-encoding': 'identity' });
}

/** Text that is read as UTF-8 must not come as something else: no byte of it need be wrong, and yet every letter could be. */
function isUtf8(contentType: string): boolean {
  const [, charset] = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType) ?? [];
  return charset === undefined || ['utf-8', 'utf8', 'us-ascii'].includes(charset.toLowerCase());
}

function refuse(detail: string, headers: Readonly<Record<string, string>>): HttpProblem {
  return new HttpProblem(415, 'unsupported_media_type', detail, { headers });
}
