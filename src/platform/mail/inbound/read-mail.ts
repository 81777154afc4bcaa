import type { Attachment, HeaderLines, ParsedMail, SimpleParserOptions } from 'mailparser';
import { simpleParser } from 'mailparser';

import type { DeliveryStatus, FeedbackReport } from '../../../domain/delivery-status.js';
import { parseDeliveryStatus, parseFeedbackReport, parseReturnedMail } from '../../../domain/delivery-status.js';
import { parseMessageIds } from '../../../domain/message-ids.js';
import { readTextBounce } from '../../../domain/text-bounce.js';
import type { InboundMail } from './inbound-mail.js';

const RELEVANT_HEADERS: ReadonlySet<string> = new Set([
  ...['auto-submitted', 'precedence', 'x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-auto-reply', 'x-auto-response-suppress'],
  ...['list-id', 'list-unsubscribe', 'return-path', 'reply-to', 'sender', 'thread-topic', 'content-type', 'x-failed-recipients'],
]);
const MAX_HEADER = 2000;
const MAX_REPORT = 100_000;

// ignoreEmbedded keeps a returned or forwarded mail a part of its own, so that its text never counts as the sender's.
// The rest saves work that nobody reads: images as data URIs, text as HTML. @types/mailparser lacks ignoreEmbedded.
// HTML of 27 MB filled 512 MB of heap on its way to text, and a full heap can end the whole process, thread or not.
const OPTIONS = {
  ...{ keepDeliveryStatus: true, ignoreEmbedded: true, keepCidLinks: true, skipTextToHtml: true },
  maxHtmlLengthToParse: 500_000,
} as SimpleParserOptions;

/** Parses in the calling thread; `parseInbound` is the door. */
export async function readMail(bytes: Uint8Array): Promise<InboundMail> {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength); // a thread gets a bare Uint8Array
  const mail = await parse(raw);
  const own = ownFacts(mail);
  const feedback = feedbackOf(mail.attachments);
  const delivery = deliveryOf(mail.attachments) ?? (feedback ? undefined : (brokenReport(own, raw) ?? readTextBounce(own)));
  return { ...own, ...(delivery && { deliveryStatus: delivery }), ...(feedback && { feedbackReport: feedback }) };
}

/** HTML that is too long or too broken for a text form rejects as a whole; without a text form it does not. */
async function parse(raw: Buffer): Promise<ParsedMail> {
  try {
    return await simpleParser(raw, OPTIONS);
  } catch {
    return simpleParser(raw, { ...OPTIONS, skipHtmlToText: true });
  }
}

function ownFacts(mail: ParsedMail): InboundMail {
  const lines = headerValues(mail.headerLines);
  const from = mail.from?.value[0];
  return {
    ...idsOf(lines),
    to: [mail.to ?? []].flat().flatMap((list) => list.value.flatMap((entry) => entry.address ?? [])),
    headers: Object.fromEntries([...lines].filter(([name]) => RELEVANT_HEADERS.has(name)).map(([name, value]) => [name, value.slice(0, MAX_HEADER)])),
    ...(from && { from: { address: from.address ?? '', name: from.name } }),
    ...(mail.subject !== undefined && { subject: mail.subject }),
    ...(mail.date && !Number.isNaN(mail.date.getTime()) && { date: mail.date }),
    ...(mail.text !== undefined && { text: mail.text }),
    ...(mail.html && { html: mail.html }),
  };
}

function idsOf(lines: ReadonlyMap<string, string>): Pick<InboundMail, 'messageId' | 'inReplyTo' | 'references'> {
  const [messageId] = parseMessageIds(lines.get('message-id') ?? '');
  return {
    ...(messageId && { messageId }),
    inReplyTo: parseMessageIds(lines.get('in-reply-to') ?? ''),
    references: parseMessageIds(lines.get('references') ?? ''),
  };
}

/** Read from the lines: mailparser turns ids, lists and structured headers into forms of their own. */
function headerValues(lines: HeaderLines | undefined): Map<string, string> {
  const values = new Map<string, string>();
  for (const { key, line } of lines ?? []) {
    const value = line.slice(line.indexOf(':') + 1).replace(/\r?\n[ \t]*/g, ' ');
    if (!values.has(key)) values.set(key, value.trim());
  }
  return values;
}

function deliveryOf(parts: readonly Attachment[]): DeliveryStatus | undefined {
  const reports = parts.filter(({ contentType }) => /^message\/(?:global-)?delivery-status$/.test(contentType));
  const recipients = reports.flatMap((part) => parseDeliveryStatus(textOf(part)));
  return recipients.length > 0 ? { recipients, ...returnedMail(parts) } : undefined;
}

/** A report whose parts ran together on the way, without the boundaries: the fields still stand in it. */
function brokenReport(own: InboundMail, raw: Buffer): DeliveryStatus | undefined {
  if (!/report-type\s*=\s*"?delivery-status/i.test(own.headers['content-type'] ?? '')) return undefined;
  const recipients = parseDeliveryStatus(raw.subarray(0, MAX_REPORT).toString('utf8'));
  return recipients.length > 0 ? { recipients } : undefined;
}

function feedbackOf(parts: readonly Attachment[]): FeedbackReport | undefined {
  const part = parts.find(({ contentType }) => contentType === 'message/feedback-report');
  const report = part && parseFeedbackReport(textOf(part));
  if (!report) return undefined;
  const { originalMessageId, originalTo } = returnedMail(parts);
  const originalRecipient = report.originalRecipient ?? originalTo;
  return { type: report.type, ...(originalRecipient && { originalRecipient }), ...(originalMessageId && { originalMessageId }) };
}

/** RFC 3462: the third part, whole or headers only. */
function returnedMail(parts: readonly Attachment[]): ReturnType<typeof parseReturnedMail> {
  const part = parts.find(({ contentType }) => /^(?:message\/(?:rfc822|global)|(?:text|message)\/(?:rfc822|global)-headers)$/.test(contentType));
  return part ? parseReturnedMail(textOf(part)) : {};
}

function textOf({ content }: Attachment): string {
  return content.subarray(0, MAX_REPORT).toString('utf8');
}
