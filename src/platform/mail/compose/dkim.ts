import type { KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import DKIM from 'nodemailer/lib/dkim';
import { RuleViolation } from '../../../domain/errors.js';

export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  /** Parsed once: a PEM would be parsed again for every mail, which costs more than the signature. */
  readonly privateKey: KeyObject;
}

/** RFC 8058 section 4 wants both list headers under the signature; the library's own list leaves the second one out. */
const SIGNED_HEADERS = [
  ...['From', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'To', 'MIME-Version', 'Content-Type', 'Content-Transfer-Encoding'],
  ...['In-Reply-To', 'References', 'List-Unsubscribe', 'List-Unsubscribe-Post'],
].join(':');

/**
 * The library signs with RSA only, and sends unsigned without an error when it is given another key.
 * 1024 bits are the least that receivers accept (standards 11).
 * @throws RuleViolation `dkim_key_unusable`
 */
export function assertUsableDkimKey(key: KeyObject): void {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.type !== 'private' || key.asymmetricKeyType !== 'rsa' || bits < 1024) {
    throw new RuleViolation(
      'dkim_key_unusable',
      'A DKIM key is a private RSA key of 1024 bits or more, better 2048. Ed25519 keys cannot be used yet.',
    );
  }
}

/** The message with its DKIM-Signature in front. @throws RuleViolation `dkim_key_unusable` */
export async function signMessage(raw: Buffer, key: DkimKey): Promise<Buffer> {
  assertUsableDkimKey(key.privateKey);
  const signer = new DKIM({ domainName: key.domain, keySelector: key.selector, privateKey: key.privateKey, headerFieldNames: SIGNED_HEADERS });
  const signed = await buffer(signer.sign(raw));
  if (!signed.subarray(0, 16).toString('latin1').startsWith('DKIM-Signature:')) throw new Error('the message could not be signed');
  return signed;
}
