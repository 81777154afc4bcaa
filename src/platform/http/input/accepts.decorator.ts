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
 * Refuses a body of another kind before any of it is read.
 * @throws HttpProblem 415
 */
export function checkContentType(request: FastifyRequest): void {
  const { 'content-type': header, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const bodyComes = encoding !== undefined || (length !== undefined && length !== '0');
  if (!bodyComes || request.method === 'GET' || request.method === 'HEAD') return;
  const accepted = (request.routeOptions.config as { accepts?: readonly BodyType[] }).accepts ?? JSON_ONLY;
  const type = header?.split(';')[0]?.trim().toLowerCase();
  if (accepted.some((one) => one === type)) return;
  throw new HttpProblem(415, 'unsupported_media_type', `Send the body as Content-Type: ${accepted.join(' or ')}.`, {
    headers: { accept: accepted.join(', ') },
  });
}
