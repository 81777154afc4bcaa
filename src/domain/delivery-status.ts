import { parseMessageIds } from './message-ids.js';

/** What one report says of one recipient (RFC 3464 section 2.3). */
export interface RecipientStatus {
  /** Lower case, without address type and brackets; empty when the report names none. */
  readonly finalRecipient: string;
  /** failed, delayed, delivered, relayed or expanded; lower case. */
  readonly action: string;
  /** Enhanced status code x.y.z, or empty. */
  readonly status: string;
  /** What the other server said, in one line. */
  readonly diagnostic: string;
}

export interface DeliveryStatus {
  readonly recipients: readonly RecipientStatus[];
  /** Message-ID of the mail that came back, without brackets. */
  readonly originalMessageId?: string;
  /** To header of the mail that came back. */
  readonly originalTo?: string;
}

/** An abuse report in the form of RFC 5965. */
export interface FeedbackReport {
  /** abuse, fraud, not-spam, opt-out, …; lower case. */
  readonly type: string;
  readonly originalRecipient?: string;
  readonly originalMessageId?: string;
}

const MAX_DIAGNOSTIC = 2000;
const MAX_RECIPIENTS = 100;

/**
 * The recipients of a message/delivery-status part. Forgives what real servers do: no blank line between the
 * recipients, blank lines too many, prose in front.
 */
export function parseDeliveryStatus(part: string): RecipientStatus[] {
  const recipients: Map<string, string>[] = [];
  let block = new Map<string, string>();
  for (const [name, value] of parseFields(part)) {
    if (name === '' || (name === 'final-recipient' && block.has(name))) {
      recipients.push(block);
      block = new Map();
    }
    if (name !== '' && !block.has(name)) block.set(name, value);
  }
  return [...recipients, block].filter(speaksOfRecipient).slice(0, MAX_RECIPIENTS).map(toRecipient);
}

/** The fields of a message/feedback-report part. */
export function parseFeedbackReport(part: string): Pick<FeedbackReport, 'type' | 'originalRecipient'> | undefined {
  const fields = new Map(parseFields(part));
  const type = fields.get('feedback-type')?.toLowerCase();
  if (!type) return undefined;
  const recipient = addressOf(fields.get('original-rcpt-to') ?? fields.get('removal-recipient') ?? '');
  return { type, ...(recipient && { originalRecipient: recipient }) };
}

/** Message-ID and To of a mail that came back as a whole or as headers. */
export function parseReturnedMail(mail: string): Pick<DeliveryStatus, 'originalMessageId' | 'originalTo'> {
  const headers = new Map<string, string>();
  for (const [name, value] of parseFields(mail.trimStart())) {
    if (name === '') break;
    if (!headers.has(name)) headers.set(name, value);
  }
  const [messageId] = parseMessageIds(headers.get('message-id') ?? '');
  const to = headers.get('to');
  return { ...(messageId && { originalMessageId: messageId }), ...(to && { originalTo: to }) };
}

/** `rfc822; <Jo@Example.com>` to `jo@example.com`. */
export function addressOf(field: string): string {
  const value = field.replace(/^[^;@]*;/, '').trim();
  const address = /<([^<>\s]+)>/.exec(value)?.[1] ?? value.split(/\s/)[0] ?? '';
  return address.toLowerCase();
}

/** Field names in lower case with their unfolded values; a blank line gives an empty name. */
function parseFields(text: string): [string, string][] {
  const fields: [string, string][] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const last = fields.at(-1);
    const colon = line.indexOf(':');
    if (line.trim() === '') fields.push(['', '']);
    else if (/^[ \t]/.test(line) && last?.[0]) last[1] += last[1] === '' ? line.trim() : ` ${line.trim()}`;
    else if (colon > 0 && !/\s/.test(line.slice(0, colon))) fields.push([line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]);
  }
  return fields;
}

function speaksOfRecipient(block: ReadonlyMap<string, string>): boolean {
  return block.has('final-recipient') || block.has('original-recipient') || block.has('action');
}

function toRecipient(block: ReadonlyMap<string, string>): RecipientStatus {
  return {
    finalRecipient: addressOf(block.get('final-recipient') ?? block.get('original-recipient') ?? ''),
    action: /^[a-z]+/i.exec(block.get('action') ?? '')?.[0].toLowerCase() ?? '',
    status: /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(block.get('status') ?? '')?.[0] ?? '',
    diagnostic: (block.get('diagnostic-code') ?? '').replace(/^[\w-]+\s*;\s*/, '').slice(0, MAX_DIAGNOSTIC),
  };
}
