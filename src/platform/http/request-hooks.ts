import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isStorableText } from '../database/storable-text.js';
import type { RequestLimits } from '../limits/request-limits.js';
import { maskPath } from '../telemetry/logger.js';
import { inRequest } from '../telemetry/request-context.js';
import type { Metrics } from '../telemetry/metrics.js';
import { checkContentType } from './input/accepts.decorator.js';
import { HttpProblem, InvalidRequest } from './problems/http-problem.js';
import { bodyPointer, queryPointer } from './problems/pointer.js';
import { hasGoodEscapes } from './input/query-string.js';
import type { RouteTable } from './route-table.js';
import { findUnusable } from './input/text-check.js';

/** Someone wants to see the answer of this request before it leaves; it waits for them. `body` is absent when it is a stream. */
export type AnsweringRequest = FastifyRequest & { beforeAnswer?: (reply: FastifyReply, body: string | undefined) => Promise<void> };

/** What every request goes through, whichever route it is for. */
export function addRequestHooks(server: FastifyInstance, routes: RouteTable, { metrics, limits }: { metrics: Metrics; limits: RequestLimits }): void {
  const logger = new Logger('Http');
  server.addHook('onRequest', (request, _reply, done) => {
    inRequest(request.id, done);
  });
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done(
      refusalOf(() => {
        limits.checkStranger(request, reply);
        checkAddress(request, routes);
      }),
    );
  });
  server.addHook('preValidation', (request, _reply, done) => {
    done(
      refusalOf(() => {
        checkTexts(request);
      }),
    );
  });
  server.addHook('onSend', (request: AnsweringRequest, reply, payload, done) => {
    limits.countAnswered(request, reply);
    const { beforeAnswer } = request;
    const send = (): void => {
      done(null, payload);
    };
    if (beforeAnswer) void beforeAnswer(reply, textOf(payload)).finally(send);
    else send();
  });
  server.addHook('onResponse', (request, reply, done) => {
    report(request, reply, { logger, metrics });
    done();
  });
}

function textOf(payload: unknown): string | undefined {
  if (payload === undefined || payload === null) return '';
  if (typeof payload === 'string') return payload;
  return Buffer.isBuffer(payload) ? payload.toString() : undefined;
}

function refusalOf(check: () => void): Error | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function checkAddress(request: FastifyRequest, routes: RouteTable): void {
  if (request.is404) throw routes.refusal(request.method, request.url.split('?')[0] ?? '');
  if (!hasGoodEscapes(request.url)) throw malformedUrl('The query has a % that is not followed by the code of a UTF-8 character.');
  const params = Object.values(request.params as Record<string, string>);
  if (!params.every(isStorableText)) throw malformedUrl('The path holds a NUL character.');
  checkContentType(request);
}

export function malformedUrl(detail: string): HttpProblem {
  return new HttpProblem(400, 'malformed_url', detail);
}

function checkTexts({ body, query }: FastifyRequest): void {
  const errors = [...findUnusable(query, queryPointer), ...findUnusable(body, bodyPointer)];
  if (errors.length > 0) throw new InvalidRequest(errors);
}

function report(request: FastifyRequest, reply: FastifyReply, to: { logger: Logger; metrics: Metrics }): void {
  const { method, id: requestId } = request;
  const { statusCode: status, elapsedTime } = reply;
  const pattern = request.is404 ? undefined : request.routeOptions.url;
  to.metrics.observeRequest({ method, route: pattern ?? 'none', status, durationMs: elapsedTime });
  const line = { requestId, method, route: pattern ?? maskPath(request.url), status, durationMs: Math.round(elapsedTime * 10) / 10 };
  // what callers do wrong is theirs to read; it must not drown what we did wrong
  if (status >= 400 && status < 500) to.logger.debug(line, 'request');
  else to.logger.log(line, 'request');
}
