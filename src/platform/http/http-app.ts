import type { IncomingMessage } from 'node:http';
import cookie from '@fastify/cookie';
import { RequestMethod } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ReplayFilter } from '../idempotency/replayed-answer.js';
import { RequestLimits } from '../limits/request-limits.js';
import { Metrics } from '../telemetry/metrics.js';
import { API_PREFIX } from './api-prefix.js';
import { JSON_LIMIT_BYTES, useBodyParsers } from './input/body-parsers.js';
import { answerClientError } from './problems/client-error.js';
import { describeError } from './problems/describe-error.js';
import { EtagInterceptor } from './etag.interceptor.js';
import type { HttpOptions } from './http-options.js';
import { HttpProblem } from './problems/http-problem.js';
import { guardMetrics } from './operations/metrics-guard.js';
import { ProblemFilter, sendProblem } from './problems/problem.filter.js';
import { guardLinkHosts, LinkHosts } from './link-hosts.js';
import { parseQueryString } from './input/query-string.js';
import { addRequestHooks, malformedUrl } from './request-hooks.js';
import { requestId } from './request-id.js';
import { RouteTable } from './route-table.js';
import { contentSecurityPolicyOf, useSecurityHeaders } from './security-headers.js';
import { RequestValidation } from './input/validation.js';

/** What stands beside the API. */
const OUTSIDE = [
  'r/{*rest}',
  'u/{*rest}',
  'healthz',
  'readyz',
  'metrics',
  'openapi.json',
  'docs{/*rest}',
  'problems{/*rest}',
  '.well-known/linkwright',
];

/** Signed tokens in paths are longer than the router's default of 100 characters. */
const MAX_PARAM_LENGTH = 1024;

/** The server with those of its settings that cannot be changed later; `configureHttp` brings the rest. */
export function createHttpAdapter({ trustedProxies }: Pick<HttpOptions, 'trustedProxies'>): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: JSON_LIMIT_BYTES,
    genReqId: requestId,
    requestIdHeader: false,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    rewriteUrl: (request: IncomingMessage) => withPlainLetters(request.url ?? '/'),
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, querystringParser: parseQueryString },
    frameworkErrors: answerUnroutable,
    clientErrorHandler: answerClientError,
  });
}

/**
 * Escapes of characters that need none mean the same as the characters (RFC 3986 section 6.2.2.2), and the router reads them so:
 * whoever looks at the address beside it must see the same, or `/%61pi/…` would be the API to the one and a page to the other.
 */
function withPlainLetters(url: string): string {
  const [path = '', ...query] = url.split('?');
  const plain = path.replaceAll(/%(?:2[DE]|3\d|4[1-9A-F]|5[\dAF]|6[1-9A-F]|7[\dAE])/gi, (escape) => decodeURIComponent(escape));
  return [plain, ...query].join('?');
}

/** Makes an application speak as api.md says. Call it once, before init or listen; the same for the product and its tests. */
export async function configureHttp(app: NestFastifyApplication, options: HttpOptions): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  await useSecurityHeaders(app, options.publicUrl); // first: what a later hook refuses has them too
  const limits = app.get(RequestLimits);
  limits.hold(options);
  addRequestHooks(server, RouteTable.watch(server), { metrics: app.get(Metrics), limits });
  guardLinkHosts(server, app.get(LinkHosts), options.publicUrl);
  guardMetrics(server, options.metricsToken);
  if (options.corsOrigins?.length) app.enableCors(corsOptions(options.corsOrigins));
  useBodyParsers(app);
  app.setGlobalPrefix(API_PREFIX, { exclude: OUTSIDE.map((path) => ({ path, method: RequestMethod.ALL })) });
  app.useGlobalFilters(new ProblemFilter(), new ReplayFilter()); // the last is asked first
  app.useGlobalPipes(new RequestValidation());
  app.useGlobalInterceptors(new EtagInterceptor());
  await app.register(cookie);
}

/** Pages of these origins may call the API with a key. Never with our cookie: a page elsewhere must not act as the person who looks at it. */
function corsOptions(origins: readonly string[]): NonNullable<Parameters<NestFastifyApplication['enableCors']>[0]> {
  return {
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match', 'Prefer', 'X-Request-Id'],
    exposedHeaders: [
      'ETag',
      'Location',
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
      'X-Request-Id',
      'Idempotency-Replayed',
      'Preference-Applied',
    ],
    maxAge: 600,
  };
}

/** The router gives up before any hook: a bad escape in the path, or a parameter longer than any of ours. */
function answerUnroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const url = request.raw.url ?? '/';
  void reply.headers({
    'x-request-id': request.id,
    'content-security-policy': contentSecurityPolicyOf('/api/'),
    'x-content-type-options': 'nosniff',
  });
  sendProblem(reply, describeError(explain(error)), url);
}

function explain(error: FastifyError): unknown {
  if (error.code === 'FST_ERR_BAD_URL') return malformedUrl('The path has a % that is not followed by the code of a UTF-8 character.');
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH') return new HttpProblem(404, 'not_found', 'There is nothing at this address.');
  return error;
}
