import { createHmac } from 'node:crypto';

/**
 * The Message-ID of one step to one person, always the same: a restored database finds in Sent what it has sent.
 *
 * A keyed hash, so it tells nobody how many mails there are or what they belong to. Without brackets, as ids are stored.
 *
 * @param key     secret of the installation, never rotated
 * @param domain  of the sender's address, in ASCII (RFC 5322 section 3.6.4)
 */
export function outreachMessageId(key: Buffer, step: { readonly enrollmentId: string; readonly stepKey: string }, domain: string): string {
  const hash = createHmac('sha256', key).update(`message-id\n${step.enrollmentId}\n${step.stepKey}`).digest('hex');
  return `${hash.slice(0, 40)}@${domain}`; // 160 bits; hex, because some servers change the case
}

/** The key of all Message-IDs. @param signer  of the installation's own key */
export function messageIdKey(signer: { sign(purpose: string, text: string): string }): Buffer {
  return Buffer.from(signer.sign('message-id', 'key'), 'base64url');
}

/** The same for a mail that a person writes, which has no step: made of the id of its row. */
export function personalMessageId(key: Buffer, messageId: string, domain: string): string {
  const hash = createHmac('sha256', key).update(`message-id\nperson\n${messageId}`).digest('hex');
  return `${hash.slice(0, 40)}@${domain}`;
}
