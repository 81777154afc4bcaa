import { hashToken, newToken } from '../../../platform/secrets/tokens.js';

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

export function newApiKey(): NewApiKey {
  const key = `${KEY_MARK}${newToken()}`;
  return { key, prefix: key.slice(0, PREFIX_LENGTH), hash: hashToken(key) };
}
