import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../auth/actor.js';
import { MINUTE_MS, SECOND_MS } from '../clock.js';
import { isApiUrl } from '../http/api-prefix.js';
import type { HttpOptions } from '../http/http-options.js';
import { HttpProblem } from '../http/problems/http-problem.js';
import { addressGroup } from './address-group.js';
import { FixedWindows, type Standing } from './fixed-windows.js';

type Limited = FastifyRequest & { limitsCounted?: true };

/** One limit of a process, with the name that it has in headers. */
interface Limit {
  readonly policy: string;
  readonly windows: FixedWindows;
}

/**
 * How many calls of the API a key or person may make, and an address that shows no valid credentials. Counted in the process,
 * by real time: the product's clock may stand still. Every answer says how the caller stands (draft-ietf-httpapi-ratelimit-headers).
 */
@Injectable()
export class RequestLimits {
  private known: Limit | undefined;
  private strangers: Limit | undefined;

  /** Sets the limits, once; without them there are none. */
  hold({ callsPerMinute = 0, strangerCallsPerMinute = 0 }: HttpOptions): void {
    this.known = limitOf('burst', callsPerMinute);
    this.strangers = limitOf('address', strangerCallsPerMinute);
  }

  /** Refuses, before anything is read, who shows nothing and has had enough. @throws HttpProblem 429 `rate_limited` */
  checkStranger(request: Limited, reply: FastifyReply): void {
    const { authorization, cookie } = request.headers;
    if (!this.strangers || authorization !== undefined || cookie !== undefined || !isApiUrl(request.url)) return;
    const standing = this.strangers.windows.exhausted(addressGroup(request.ip), performance.now());
    if (!standing) return;
    request.limitsCounted = true;
    this.tell(reply, { limit: this.strangers, standing });
  }

  /**
   * Counts a call, once for each request, for its actor or else its address.
   * @throws HttpProblem 429 `rate_limited`
   */
  count(request: Limited, reply: FastifyReply, actor?: Actor): void {
    if (request.limitsCounted || !isApiUrl(request.url)) return;
    request.limitsCounted = true;
    const limit = actor ? this.known : this.strangers;
    if (!limit) return;
    const caller = actor ? (actor.apiKeyId ?? actor.sessionId ?? actor.memberId ?? '') : addressGroup(request.ip);
    this.tell(reply, { limit, standing: limit.windows.take(caller, performance.now()) });
  }

  /** Counts, but lets pass, what was answered before anybody asked who it came from: an unknown path, a broken body. */
  countAnswered(request: Limited, reply: FastifyReply): void {
    try {
      this.count(request, reply);
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
    }
  }

  private tell(reply: FastifyReply, { limit, standing }: { limit: Limit; standing: Standing }): void {
    const resetsIn = Math.max(1, Math.ceil(Math.floor(standing.resetsInMs) / SECOND_MS));
    void reply.headers({
      'ratelimit-policy': `"${limit.policy}";q=${standing.limit};w=${limit.windows.windowMs / SECOND_MS}`,
      ratelimit: `"${limit.policy}";r=${standing.remaining};t=${resetsIn}`,
    });
    if (!standing.allowed) throw tooMany(resetsIn);
  }
}

export function tooMany(seconds: number): HttpProblem {
  return new HttpProblem(429, 'rate_limited', `That were too many calls. Call again in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  });
}

function limitOf(policy: string, callsPerMinute: number): Limit | undefined {
  return callsPerMinute > 0 ? { policy, windows: new FixedWindows(callsPerMinute, MINUTE_MS) } : undefined;
}
