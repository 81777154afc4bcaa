import { type CallHandler, type ExecutionContext, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Observable } from 'rxjs';
import type { AuthenticatedRequest } from '../auth/auth.guard.js';
import { API_PREFIX } from '../http/api-prefix.js';
import type { AnsweringRequest } from '../http/request-hooks.js';
import { fingerprintOf } from './fingerprint.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import { type Claim, type KeptAnswer, KeptAnswers, type KeyedCall } from './kept-answers.service.js';
import { ReplayedAnswer } from './replayed-answer.js';
import { NOTHING_BEGAN } from './unkept-statuses.js';

/** What an answer says of the thing, beside its body; all else belongs to the one request. */
const KEPT_HEADERS = ['content-type', 'location', 'etag', 'preference-applied'];

/** 503 with a promise: the database undid everything. */
const UNDONE_CODE = 'try_again';

/**
 * Holds for every POST that someone with a key or session makes: the first answer is given again to whoever repeats the call.
 * Runs after the guard, so rights are checked before a repetition as well. `/auth/*` keeps nothing.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger(IdempotencyInterceptor.name);

  constructor(private readonly answers: KeptAnswers) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest & AnsweringRequest>();
    const call = readCall(request);
    if (!call) return next.handle();
    const taken = await this.answers.claim(call);
    if ('answer' in taken) throw new ReplayedAnswer(taken.answer);
    request.beforeAnswer = (reply, body) => this.settle(taken.claim, reply, body);
    return next.handle();
  }

  /** When it fails the row stays as it is, and a repetition learns that the outcome is not known: true, and nothing is done twice. */
  private async settle(claim: Claim, reply: FastifyReply, body: string | undefined): Promise<void> {
    try {
      if (nothingDone(reply.statusCode, body)) await this.answers.release(claim);
      else if (body !== undefined) await this.answers.keep(claim, answerOf(reply, body));
    } catch (error) {
      this.logger.error({ err: error, requestId: reply.request.id }, 'an answer could not be kept');
    }
  }
}

function readCall({ method, url, body, headers, actor }: AuthenticatedRequest): KeyedCall | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined || method !== 'POST' || !actor || url.startsWith(`/${API_PREFIX}/auth/`)) return undefined;
  return { actor, key: parseIdempotencyKey(String(header)), fingerprint: fingerprintOf({ method, url, body }) };
}

function nothingDone(status: number, body: string | undefined): boolean {
  return NOTHING_BEGAN.has(status) || (status === 503 && body?.includes(`"code":"${UNDONE_CODE}"`) === true);
}

function answerOf(reply: FastifyReply, body: string): KeptAnswer {
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return { status: reply.statusCode, headers: Object.fromEntries(headers), body };
}
