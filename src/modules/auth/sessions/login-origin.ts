import type { FastifyRequest } from 'fastify';
import { addressGroup } from '../../../platform/limits/address-group.js';
import { readCookie } from './browser-cookies.js';

/** A token as `newToken` makes them; what else stands in the cookie is nobody's. */
const TOKEN = /^[\w-]{43}$/;

/** More than any link holds; what is longer is no token of ours. */
export const LINK_TOKEN_MAX = 200;

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
  const browserToken = readCookie(request, publicUrl, 'browser');
  const sessionToken = readCookie(request, publicUrl, 'session');
  const userAgent = request.headers['user-agent'];
  return {
    network: addressGroup(request.ip),
    requestId: request.id,
    ...(browserToken !== undefined && TOKEN.test(browserToken) && { browserToken }),
    ...(sessionToken !== undefined && { sessionToken }),
    ...(userAgent !== undefined && { userAgent }),
  };
}
