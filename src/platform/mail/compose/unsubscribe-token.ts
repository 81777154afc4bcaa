import type { LinkSigner } from '../../secrets/secret-box.js';

/** Whom an unsubscribe link is for; the link alone says it (RFC 8058 section 3.1). */
export interface Unsubscriber {
  readonly workspaceId: string;
  readonly contactId: string;
}

const PURPOSE = 'unsubscribe';
const bytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');
const uuid = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Where somebody stops all mail; the same in every mail to them. @param publicUrl without a slash at its end */
export function unsubscribeUrl(publicUrl: string, signer: LinkSigner, who: Unsubscriber): string {
  return `${publicUrl}/u/${unsubscribeToken(signer, who)}`;
}

/** The same for a contact in every mail; never expires. */
export function unsubscribeToken(signer: LinkSigner, who: Unsubscriber): string {
  const subject = Buffer.concat([bytes(who.workspaceId), bytes(who.contactId)]).toString('base64url');
  return `${subject}.${signer.sign(PURPOSE, subject)}`;
}

/** What mail programs take along from the sentence around a link. */
const OF_THE_SENTENCE = /[.,;:!?)\]}>'"’”»/]{1,5}$/;

/** Undefined unless the token was made here, unchanged; what the sentence around it has left at its end does not count. */
export function readUnsubscribeToken(signer: LinkSigner, token: string): Unsubscriber | undefined {
  const [subject, signature, ...rest] = token.replace(OF_THE_SENTENCE, '').split('.');
  if (!subject || !signature || rest.length > 0 || !signer.verify(PURPOSE, subject, signature)) return undefined;
  const hex = Buffer.from(subject, 'base64url').toString('hex');
  return hex.length === 64 ? { workspaceId: uuid(hex.slice(0, 32)), contactId: uuid(hex.slice(32)) } : undefined;
}
