import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientNetwork } from '../../platform/auth/client-network.js';
import { sessionCookieName, sessionCookieOptions } from '../../platform/auth/session-cookie.js';
import { DAY_MS, SECOND_MS } from '../../platform/clock.js';

/** A browser that logged in is remembered as long as that. */
export const BROWSER_KNOWN_MS = 180 * DAY_MS;

/** A token as `newToken` makes them; what else stands in the cookie is nobody's. */
const TOKEN = /^[\w-]{43}$/;

/** Where somebody who logs in comes from. */
export interface LoginOrigin {
  readonly network: string;
  /** What the browser was given at a login before. */
  readonly browserToken?: string;
  /** Of the session that it had until now. */
  readonly sessionToken?: string;
  readonly userAgent?: string;
  readonly requestId: string;
}

export function loginOrigin(request: FastifyRequest, publicUrl: string): LoginOrigin {
  const browserToken = request.cookies[browserCookieName(publicUrl)];
  const sessionToken = request.cookies[sessionCookieName(publicUrl)];
  const userAgent = request.headers['user-agent'];
  return {
    network: clientNetwork(request.ip),
    requestId: request.id,
    ...(browserToken !== undefined && TOKEN.test(browserToken) && { browserToken }),
    ...(sessionToken !== undefined && { sessionToken }),
    ...(userAgent !== undefined && { userAgent }),
  };
}

/** Lets the browser be known again. It opens nothing: it only keeps strangers' failures from counting against its user. */
export function keepBrowserToken(reply: FastifyReply, publicUrl: string, token: string): void {
  void reply.setCookie(browserCookieName(publicUrl), token, { ...sessionCookieOptions(publicUrl), maxAge: BROWSER_KNOWN_MS / SECOND_MS });
}

function browserCookieName(publicUrl: string): string {
  return sessionCookieName(publicUrl).replace('session', 'browser');
}
