import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';

/**
 * Of a thing that nothing but a PATCH or a move ever changes, the version tells all: who has this version has the answer. Elsewhere
 * workers add facts without raising the version (api.md, "Writes"), and 304 would hide them: If-None-Match is passed over there.
 */
export const VersionTellsAll = Reflector.createDecorator<true | undefined>();

/** Gives every answer that is one resource its version as ETag; lists have none. */
@Injectable()
export class EtagInterceptor implements NestInterceptor {
  private readonly reflector = new Reflector();

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const known =
      this.reflector.get(VersionTellsAll, context.getHandler()) === true ? http.getRequest<FastifyRequest>().headers['if-none-match'] : undefined;
    return next.handle().pipe(
      map((body: unknown) => {
        if (!isVersioned(body)) return body;
        const tag = `"${body.version}"`;
        void reply.header('etag', tag);
        if (known === undefined || !matches(known, tag)) return body;
        void reply.status(304);
        return undefined;
      }),
    );
  }
}

/** RFC 9110 section 13.1.2: a list of tags, compared weakly, or `*`. */
function matches(header: string, tag: string): boolean {
  return header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}

function isVersioned(body: unknown): body is { version: number } {
  return typeof body === 'object' && body !== null && 'version' in body && Number.isInteger(body.version);
}
