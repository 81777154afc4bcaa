import { HttpProblem } from '../http/problems/http-problem.js';

const MAX_LENGTH = 255;
/** A string of RFC 9651 section 3.3.3: printable ASCII in quotes, with backslashes before quotes and backslashes. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** As Stripe's users send it: the text itself. */
const BARE = /^[\x21\x23-\x7e][\x21-\x7e]*$/;

/**
 * The Idempotency-Key of a call, quoted or bare: `"a"` and `a` are the same.
 * @throws HttpProblem 400 `invalid_idempotency_key`
 */
export function parseIdempotencyKey(header: string): string {
  const text = header.trim();
  const key = QUOTED.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? (BARE.test(text) ? text : '');
  if (key !== '' && key.length <= MAX_LENGTH) return key;
  throw new HttpProblem(
    400,
    'invalid_idempotency_key',
    `Idempotency-Key takes 1 to ${MAX_LENGTH} printable characters, as in "8e03978e-40d5-43dd-bc93-6894a57f9324"; without the quotes no spaces.`,
  );
}
