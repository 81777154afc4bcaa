import type { FastifyRequest } from 'fastify';
import { sessionCookieName } from './session-cookie.js';

/** What a request shows of who sends it. */
export type Credential =
  { readonly kind: 'bearer'; readonly token: string } | { readonly kind: 'session'; readonly cookie: string } | { readonly kind: 'none' };

/** A bearer token decides alone when there is one, good or bad: a wrong key must not pass as the cookie beside it. */
export function credentialOf(request: FastifyRequest, publicUrl: string): Credential {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
    return token === undefined ? { kind: 'none' } : { kind: 'bearer', token };
  }
  const cookie = request.cookies[sessionCookieName(publicUrl)];
  return cookie ? { kind: 'session', cookie } : { kind: 'none' };
}
