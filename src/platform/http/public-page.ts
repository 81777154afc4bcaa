import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { PageRenderer, PublicPages } from '../templates/page-renderer.js';

/** Says in OpenAPI with which statuses a handler answers a page. */
export function ApiPages(pages: Readonly<Record<number, string>>): MethodDecorator {
  return applyDecorators(
    ...Object.entries(pages).map(([status, description]) =>
      ApiResponse({ status: Number(status), description, content: { 'text/html': { schema: { type: 'string' } } } }),
    ),
  );
}

/** One of the pages that people outside see, with the status that fits it. */
export interface PublicPage<Name extends keyof PublicPages = keyof PublicPages> {
  readonly status: number;
  readonly retryAfterSeconds?: number;
  readonly page: Name;
  readonly shown: PublicPages[Name];
}

/** Renders a public page. Its address holds a token: it is not to be cached, found by search engines, or told to other sites. */
export function answerPage<Name extends keyof PublicPages>(
  reply: FastifyReply,
  pages: PageRenderer,
  { status, retryAfterSeconds, page, shown }: PublicPage<Name>,
): string {
  void reply.status(status).headers({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pages.contentSecurityPolicy,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex, nofollow',
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  });
  return pages.render(page, shown);
}
