import type { DeliveryStatus } from './delivery-status.js';
import { addressOf, parseReturnedMail } from './delivery-status.js';

export interface TextBounceFacts {
  readonly from?: { readonly address: string; readonly name: string };
  readonly to: readonly string[];
  readonly subject?: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text?: string;
}

const MAX_TEXT = 20_000;
const MAX_NOTE = 2000;
const MAX_RECIPIENTS = 20;

const DAEMON = /^(?:mailer-daemon|mail[.-]?delivery[.-]?s(?:ystem|ubsystem)|postmaster-daemon)(?:@|$)/i;
const BOUNCE_SUBJECT =
  /deliver|returned mail|failure notice|mail (?:system|server) (?:error|warning)|could not be (?:sent|delivered)|error sending|returning message|^mail$|^e$/i;
const DELAY = /\bdelay|warning|still being retried|will (?:be retried|keep trying|retry|continue)|not need to resend|do not need to re/i;
const GAVE_UP = /permanent|fail(?:ed|ure)|giv(?:en|ing) up|could not|error/i;
/** Where the mail that came back begins; what stands behind it is our own text. */
const RETURNED =
  /^(?:[ \t]*-{2,80}.{0,60}(?:copy|original|returned|unsent|undelivered|message|header|body|below|follows).*|.{0,60}(?:copy of (?:the|your) (?:original )?message|original message follows|message headers? follow).*)$|^(?:>\s?)?(?:Received|Return-Path|Message-ID|DKIM-Signature|MIME-Version):/im;

/**
 * Reads a bounce that does not follow RFC 3464 (qmail, old Exim, Yahoo, Notes and others), as far as its
 * sender leaves no doubt that a mail system wrote it.
 */
export function readTextBounce(mail: TextBounceFacts): DeliveryStatus | undefined {
  if (!writtenByMailSystem(mail)) return undefined;
  const text = (mail.text ?? '').slice(0, MAX_TEXT);
  const cut = text.search(RETURNED);
  const end = cut > 0 ? cut : text.length;
  const note = text.slice(0, end).replace(/\s+/g, ' ').trim().slice(0, MAX_NOTE);
  const action = delayed(mail.subject ?? '', note) ? 'delayed' : 'failed';
  const recipients = recipientsOf(mail, note);
  if (note === '' && recipients.length === 0) return undefined;
  return {
    recipients: (recipients.length > 0 ? recipients : ['']).map((finalRecipient) => ({ finalRecipient, action, status: '', diagnostic: note })),
    ...returnedMail(text.slice(end)),
  };
}

function writtenByMailSystem(mail: TextBounceFacts): boolean {
  return mail.headers['x-failed-recipients'] !== undefined || fromDaemon(mail.from) || (fromMachine(mail) && BOUNCE_SUBJECT.test(mail.subject ?? ''));
}

function fromDaemon(from: TextBounceFacts['from']): boolean {
  return from !== undefined && DAEMON.test(from.address === '' ? from.name : from.address);
}

/** Not enough alone: an out-of-office note has an empty return path as well, and people write from postmaster@. */
function fromMachine({ from, headers }: TextBounceFacts): boolean {
  const returnPath = headers['return-path'];
  const emptyPath = returnPath !== undefined && ['', '<>'].includes(returnPath.trim());
  return emptyPath || DAEMON.test(addressOf(returnPath ?? '')) || /^postmaster@/i.test(from?.address ?? '');
}

function delayed(subject: string, note: string): boolean {
  if (GAVE_UP.test(subject) && !DELAY.test(subject)) return false;
  return DELAY.test(subject) || /still being retried|not need to resend|will be retried|will (?:keep trying|continue to try)/i.test(note);
}

function recipientsOf(mail: TextBounceFacts, note: string): string[] {
  const named = (mail.headers['x-failed-recipients'] ?? '').split(',').map(addressOf);
  const listed = named.some((address) => address !== '')
    ? named
    : [...note.matchAll(/[^\s<>"'(),:;=]{1,64}@[a-z0-9.-]{1,255}[a-z0-9]/gi)].map(([found]) => found.toLowerCase());
  const ours = new Set([mail.from?.address ?? '', ...mail.to].map((address) => address.toLowerCase()));
  return [...new Set(listed)].filter((address) => address !== '' && !ours.has(address)).slice(0, MAX_RECIPIENTS);
}

function returnedMail(rest: string): Pick<DeliveryStatus, 'originalMessageId' | 'originalTo'> {
  const id = /^[> \t]*Message-ID:\s*<[^<>\s]+>/im.exec(rest)?.[0];
  const to = /^[> \t]*To:.+/im.exec(rest)?.[0];
  const headers = [id, to].map((line) => line?.replace(/^[> \t]+/, '').replace(/\s+/g, ' ')).filter((line) => line !== undefined);
  return parseReturnedMail(headers.join('\n'));
}
