import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Observable, tap } from 'rxjs';

/** Gives every answer that is one resource its version as ETag; lists have none. */
@Injectable()
export class EtagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      tap((body: unknown) => {
        if (isVersioned(body)) void reply.header('etag', `"${body.version}"`);
      }),
    );
  }
}

function isVersioned(body: unknown): body is { version: number } {
  return typeof body === 'object' && body !== null && 'version' in body && Number.isInteger(body.version);
}
