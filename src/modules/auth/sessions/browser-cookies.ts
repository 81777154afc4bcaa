import type { FastifyReply, FastifyRequest } from 'fastify';
import { sessionCookieName, sessionCookieOptions } from '../../../platform/auth/session-cookie.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../platform/clock.js';
import { SESSION_MS } from './sessions.service.js';

type Kind = 'session' | 'browser' | 'oidc';

/** Each as long as what it stands for. A browser that logged in is remembered for half a year; single sign-on takes minutes. */
const LASTS_MS: Readonly<Record<Kind, number>> = { session: SESSION_MS, browser: 180 * DAY_MS, oidc: 10 * MINUTE_MS };
export const OIDC_FLOW_MS = LASTS_MS.oidc;

/** The answer, and under which address it is known: that decides over the cookie's name and attributes. */
export interface CookieJar {
  readonly reply: FastifyReply;
  readonly publicUrl: string;
}

export function readCookie(request: FastifyRequest, publicUrl: string, kind: Kind): string | undefined {
  return request.cookies[nameOf(kind, publicUrl)];
}

export function keepCookie({ reply, publicUrl }: CookieJar, kind: Kind, value: string): void {
  void reply.setCookie(nameOf(kind, publicUrl), value, { ...sessionCookieOptions(publicUrl), maxAge: LASTS_MS[kind] / SECOND_MS });
  void reply.header('cache-control', 'no-store');
}

export function dropCookie({ reply, publicUrl }: CookieJar, kind: Kind): void {
  void reply.clearCookie(nameOf(kind, publicUrl), sessionCookieOptions(publicUrl));
}

function nameOf(kind: Kind, publicUrl: string): string {
  return sessionCookieName(publicUrl).replace('session', kind);
}
