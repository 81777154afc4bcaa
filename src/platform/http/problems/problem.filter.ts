import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { describeError } from './describe-error.js';
import { PROBLEM_TYPE, problemBody, type ProblemSpec } from './problem.js';

/** Every error leaves as application/problem+json (RFC 9457). Unknown ones tell the client nothing. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = describeError(error);
    const hungUp = request.raw.destroyed && !request.raw.complete;
    if (hungUp) this.logger.debug({ requestId: request.id }, 'the client went before its request was complete');
    else this.log(error, problem, request.id);
    // a stream was under way: the status is gone, and cutting the connection is the only way left to say that it failed
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    sendProblem(reply, problem, request.url);
  }

  private log(error: unknown, { status, code, unforeseen }: ProblemSpec, requestId: string): void {
    if (status >= 500) this.logger.error({ err: error, requestId }, 'request failed');
    else if (unforeseen) this.logger.warn({ err: error, requestId }, 'the database refused what validation let pass');
    else this.logger.debug({ requestId, status, code }, 'request refused');
  }
}

export function sendProblem(reply: FastifyReply, problem: ProblemSpec, url: string): void {
  void reply
    .status(problem.status)
    .headers(problem.headers ?? {})
    .header('content-type', PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(problemBody(problem, url)))); // as bytes, or Fastify adds a charset, which this type has none of
}
