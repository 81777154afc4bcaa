import MailComposer from 'nodemailer/lib/mail-composer';
import { normaliseEmail } from '../../../domain/email-address.js';
import { RuleViolation } from '../../../domain/errors.js';
import { bareMessageId } from '../../../domain/message-ids.js';
import { signMessage, type DkimKey } from './dkim.js';

export interface MailParty {
  readonly email: string;
  readonly name?: string | null | undefined;
}

export interface OutgoingMail {
  readonly from: MailParty;
  /** Exactly one: outreach is written to a person. */
  readonly to: MailParty;
  readonly replyTo?: MailParty | undefined;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** With or without brackets, as are the two below. */
  readonly messageId: string;
  readonly inReplyTo?: string | null | undefined;
  /** The thread so far, oldest first (RFC 5322 section 3.6.4). */
  readonly references?: readonly string[] | undefined;
  readonly sentAt: Date;
  readonly unsubscribe?: UnsubscribeTargets | undefined;
  readonly dkim?: DkimKey | undefined;
  /** Written by no person: vacation replies and the like stay away (RFC 3834 section 5). */
  readonly automatic?: boolean | undefined;
}

export interface UnsubscribeTargets {
  readonly url: string;
  /** An address that also takes opt-outs. */
  readonly email?: string | undefined;
}

/** A whole message as it goes over the wire, and to whom. */
export interface ComposedMail {
  readonly envelope: { readonly from: string; readonly to: string };
  /** Without brackets. */
  readonly messageId: string;
  readonly raw: Buffer;
}

/** A long thread would grow a header of several kB: the first and the newest are what mail programs thread by. */
const REFERENCES_AT_MOST = 20;

/**
 * Builds one mail: text and HTML as alternatives, the headers of its thread and of RFC 8058, and nothing that tells
 * about this program or follows the reader (features F50).
 *
 * @throws RuleViolation `invalid_email`, `invalid_unsubscribe_link`, `dkim_key_unusable`
 */
export async function composeMail(mail: OutgoingMail): Promise<ComposedMail> {
  const from = toAddress(mail.from);
  const to = toAddress(mail.to);
  const raw = await new MailComposer({
    from,
    to,
    replyTo: mail.replyTo && toAddress(mail.replyTo),
    subject: printable(mail.subject),
    text: mail.text,
    html: mail.html,
    date: mail.sentAt,
    messageId: `<${bareMessageId(mail.messageId)}>`,
    ...threadHeaders(mail),
    headers: [...unsubscribeHeaders(mail.unsubscribe), ...(mail.automatic ? [prepared('Auto-Submitted', 'auto-generated')] : [])],
    newline: '\r\n',
    boundaryPrefix: '--part',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
  return {
    envelope: { from: from.address, to: to.address },
    messageId: bareMessageId(mail.messageId),
    raw: mail.dkim ? await signMessage(raw, mail.dkim) : raw,
  };
}

/** The local part as it was typed, the domain in punycode. */
function toAddress(party: MailParty): { name: string; address: string } {
  const normalised = normaliseEmail(party.email);
  if (normalised === undefined) throw new RuleViolation('invalid_email', 'This mail has an address that no mail can be sent to.');
  const typed = party.email.trim();
  const address = typed.slice(0, typed.lastIndexOf('@')) + normalised.slice(normalised.lastIndexOf('@'));
  return { name: printable(party.name ?? ''), address };
}

/** One line without control characters: what follows a line break would be a header of its own. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** Ids come from mails of strangers too; a malformed one is left out rather than stopping the answer. */
function threadHeaders(mail: OutgoingMail): { inReplyTo?: string; references?: string[] } {
  const references = (mail.references ?? []).flatMap(bracketed);
  const [inReplyTo] = bracketed(mail.inReplyTo ?? '');
  const kept = references.length > REFERENCES_AT_MOST ? [...references.slice(0, 1), ...references.slice(1 - REFERENCES_AT_MOST)] : references;
  return { ...(inReplyTo !== undefined && { inReplyTo }), ...(kept.length > 0 && { references: kept }) };
}

function bracketed(id: string): string[] {
  const bare = bareMessageId(id);
  return /^[!-;=?-~]{1,250}$/.test(bare) ? [`<${bare}>`] : [];
}

interface PreparedHeader {
  readonly key: string;
  readonly value: { readonly prepared: true; readonly value: string };
}

/**
 * RFC 8058 section 3.1: one https address, and the exact word that makes it one-click. Each header stays on one line,
 * because a relay that folds a long one again breaks the signature over it (standards 23).
 */
function unsubscribeHeaders(targets: UnsubscribeTargets | undefined): PreparedHeader[] {
  if (!targets) return [];
  const url = unsubscribeUrl(targets.url);
  const mailto = targets.email === undefined ? '' : `, <mailto:${toAddress({ email: targets.email }).address}?subject=unsubscribe>`;
  const oneClick = prepared('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click');
  return [prepared('List-Unsubscribe', `<${url.href}>${mailto}`), ...(mayBeOneClick(url) ? [oneClick] : [])];
}

function prepared(key: string, value: string): PreparedHeader {
  return { key, value: { prepared: true, value } };
}

function unsubscribeUrl(text: string): URL {
  const url = URL.canParse(text) && !/[\s\p{Cc}<>]/u.test(text) ? new URL(text) : undefined;
  if (!url || !['https:', 'http:'].includes(url.protocol) || url.href.length > 900) {
    throw new RuleViolation('invalid_unsubscribe_link', 'The unsubscribe link is not a web address.');
  }
  return url;
}

/** One-click is for https only; on this machine itself there is no one to protect from, and the demo shows the header. */
function mayBeOneClick(url: URL): boolean {
  return url.protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}
