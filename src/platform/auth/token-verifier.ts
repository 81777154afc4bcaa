import type { Actor } from './actor.js';

/** Knows whom a credential belongs to; the auth feature provides it. Undefined for unknown, expired and revoked alike. */
export abstract class TokenVerifier {
  abstract verifyBearer(token: string): Promise<Actor | undefined>;
  abstract verifySession(cookie: string): Promise<Actor | undefined>;
}
