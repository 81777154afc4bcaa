import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, url-safe. What cannot be guessed needs no salt and no slow hash. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a token: SHA-256 in hex. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
