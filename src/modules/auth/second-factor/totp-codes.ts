import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** RFC 4226 section 4 recommends 160 bits. */
const SECRET_BYTES = 20;
/** One step of 30 seconds early or late: for clocks that are a little off (RFC 6238 section 5.2). */
const WINDOW = 1;
const RECOVERY_CODES = 10;
/** Five bits each; without letters that look like digits. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
const RECOVERY_LETTERS = 16;

/** A new secret in base32, as authenticator apps take it. */
export function newTotpSecret(): string {
  return new Secret({ buffer: new Uint8Array(randomBytes(SECRET_BYTES)).buffer }).base32;
}

/** What an authenticator app reads from a QR code. */
export function totpUrl(secret: string, email: string): string {
  return totpOf(secret, email).toString();
}

/** @returns the time step (RFC 6238 section 4.2) whose code this is, if it is one of now */
export function stepOfCode(secret: string, code: string, at: Date): number | undefined {
  const totp = totpOf(secret);
  const timestamp = at.getTime();
  const delta = totp.validate({ token: code, timestamp, window: WINDOW });
  return delta === null ? undefined : totp.counter({ timestamp }) + delta;
}

/** Ten codes of 80 random bits, as in `4f7k-9c0m-…`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () =>
    Array.from(randomBytes(RECOVERY_LETTERS), (byte) => LETTERS.charAt(byte % LETTERS.length))
      .join('')
      .replaceAll(/(.{4})(?=.)/g, '$1-'),
  );
}

/** A code as it is compared: people type spaces, dashes and capitals as they like. */
export function bareCode(typed: string): string {
  return typed.replaceAll(/[\s-]/g, '').toLowerCase();
}

function totpOf(secret: string, label = 'Linkwright'): TOTP {
  return new TOTP({ issuer: 'Linkwright', label, secret: Secret.fromBase32(secret) });
}
