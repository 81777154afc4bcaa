import { hash, verify } from '@node-rs/argon2';

export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 200;

/** OWASP's least for argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane. */
const WORK = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Of a password that nobody knows, with the same work: checked when there is no such user, so that the answer takes as long. */
const NOBODY = '$argon2id$v=19$m=19456,t=2,p=1$smKD2migLvBldpJrBP5Yww$csAcg3TjCzsjLB1ZgeLIGAZJ7T0EzwD31xev1w5Qpa0';

export function hashPassword(password: string): Promise<string> {
  return hash(normalise(password), WORK);
}

/** @param stored undefined when there is no such user, null when they have no password: takes its time all the same, and is false */
export async function passwordMatches(stored: string | null | undefined, password: string): Promise<boolean> {
  const matches = await verify(stored ?? NOBODY, normalise(password));
  return matches && typeof stored === 'string';
}

/** The same letters typed on another system are the same password (NIST SP 800-63B section 5.1.1.2). */
function normalise(password: string): string {
  return password.normalize('NFKC');
}
