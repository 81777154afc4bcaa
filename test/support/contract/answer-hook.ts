import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract } from '../../../src/platform/http/contract/shapes.js';
import { root } from '../source-files.js';
import { AnswerCheck } from './answer-check.js';
import { noteAnswer } from './seen-answers.js';

/** Read once for a spec file; its schemas are compiled as answers ask for them. */
let check: AnswerCheck | undefined;

export function readContract(): Contract {
  return JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8')) as Contract;
}

/** From now on every answer of the application is held against openapi.json. Call it before the application starts. */
export function watchAnswers(app: NestFastifyApplication): void {
  const against = (check ??= new AnswerCheck(readContract()));
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onSend', async (request, reply: FastifyReply, payload: unknown) => {
    const { method, is404, routeOptions } = request;
    // 421 says that the host has no such routes at all
    if (is404 || reply.statusCode === 421 || routeOptions.url === undefined || method === 'HEAD') return payload;
    const path = toTemplate(routeOptions.url);
    const status = reply.statusCode;
    noteAnswer(`${method} ${path} ${status}`, against.offence({ method, path, status, headers: reply.getHeaders(), body: textOf(payload) }));
    return payload;
  });
}

/** `/pitches/:id/moves` as OpenAPI writes it. */
function toTemplate(url: string): string {
  return url.replaceAll(/:(\w+)/g, '{$1}');
}

function textOf(payload: unknown): string | undefined {
  if (payload === null || payload === undefined) return '';
  if (typeof payload === 'string') return payload;
  return Buffer.isBuffer(payload) ? payload.toString() : undefined;
}
