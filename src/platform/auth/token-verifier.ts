import type { Actor } from './actor.js';
import type { Credential } from './credential.js';

/** Knows whom a credential belongs to; the auth feature provides it. Undefined for unknown, expired and revoked alike. */
export abstract class TokenVerifier {
  abstract verifyBearer(token: string): Promise<Actor | undefined>;
  abstract verifySession(cookie: string): Promise<Actor | undefined>;

  async verify(credential: Credential): Promise<Actor | undefined> {
    switch (credential.kind) {
      case 'bearer':
        return this.verifyBearer(credential.token);
      case 'session':
        return this.verifySession(credential.cookie);
      case 'none':
        return undefined;
    }
  }
}
