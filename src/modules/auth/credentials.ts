import { createHash, randomBytes } from 'node:crypto';

/** How a key looks to people; scanners of leaked secrets find it by this too. */
const KEY_MARK = 'lw_';
const PREFIX_LENGTH = 11;

export interface NewApiKey {
  /** Shown once, to its maker. */
  readonly key: string;
  /** The first characters: tells keys apart in lists. */
  readonly prefix: string;
  readonly hash: string;
}

/** 256 random bits: no salt or slow hash is needed for what cannot be guessed. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

export function newApiKey(): NewApiKey {
  const key = `${KEY_MARK}${newToken()}`;
  return { key, prefix: key.slice(0, PREFIX_LENGTH), hash: hashToken(key) };
}

/** What is stored of a session, key or setup token: SHA-256 in hex. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
