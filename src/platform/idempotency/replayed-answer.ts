import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { KeptAnswer } from './kept-answers.service.js';

/** The work was done before. Thrown, not returned: Nest would give the first answer the status of the route. */
export class ReplayedAnswer extends Error {
  constructor(readonly answer: KeptAnswer) {
    super('answered before');
  }
}

@Catch(ReplayedAnswer)
export class ReplayFilter implements ExceptionFilter {
  catch({ answer: { status, headers, body } }: ReplayedAnswer, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    void reply.status(status).headers(headers).header('idempotency-replayed', 'true');
    void reply.send(body === '' ? undefined : Buffer.from(body)); // as bytes, or Fastify adds a charset to the type
  }
}
