/** Raw mails as other servers and people send them, written for the tests. */

export interface Letter {
  readonly from: string;
  readonly to?: string;
  readonly subject?: string;
  readonly inReplyTo?: string;
  readonly references?: readonly string[];
  /** Further header lines. */
  readonly headers?: readonly string[];
  readonly text?: string;
}

let counter = 0;
const fresh = (): string => `${(counter += 1)}.mail@elsewhere.example`;
const mail = (lines: readonly string[]): Buffer => Buffer.from(lines.join('\r\n'));

/** What a person writes; every one has a Message-ID of its own. */
export function letter({
  from,
  to = 'ann@shop.example',
  subject = 'Re: A page',
  inReplyTo,
  references = [],
  headers = [],
  text = 'Sounds good.',
}: Letter): Buffer {
  return mail([
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Message-ID: <${fresh()}>`,
    ...(inReplyTo === undefined ? [] : [`In-Reply-To: <${inReplyTo}>`]),
    ...(references.length === 0 ? [] : [`References: ${references.map((id) => `<${id}>`).join('\r\n ')}`]),
    ...headers,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
    '',
  ]);
}

export interface Bounce {
  readonly recipients: readonly { readonly address: string; readonly action?: string; readonly status: string; readonly diagnostic?: string }[];
  /** Message-ID of the mail that came back; absent: only the report came. */
  readonly messageId?: string;
  readonly from?: string;
}

/** A report of a mail server (RFC 3464). */
export function bounce({ recipients, messageId, from = 'MAILER-DAEMON@mx.elsewhere.example' }: Bounce): Buffer {
  const returned =
    messageId === undefined ? [] : ['--cut', 'Content-Type: text/rfc822-headers', '', `Message-ID: <${messageId}>`, 'Subject: A page', ''];
  return mail([
    `From: Mail Delivery System <${from}>`,
    'To: ann@shop.example',
    'Subject: Undelivered Mail Returned to Sender',
    `Message-ID: <${fresh()}>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="cut"',
    '',
    '--cut',
    'Content-Type: text/plain',
    '',
    'I am sorry to have to inform you.',
    '--cut',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.elsewhere.example',
    ...recipients.flatMap(({ address, action = 'failed', status, diagnostic }) => [
      '',
      `Final-Recipient: rfc822; ${address}`,
      `Action: ${action}`,
      `Status: ${status}`,
      ...(diagnostic === undefined ? [] : [`Diagnostic-Code: smtp; ${diagnostic}`]),
    ]),
    '',
    ...returned,
    '--cut--',
    '',
  ]);
}

/** A report that somebody pressed "spam" (RFC 5965). */
export function complaint({ messageId, recipient }: { readonly messageId?: string; readonly recipient?: string }): Buffer {
  return mail([
    'From: Feedback loop <fbl@mail.elsewhere.example>',
    'To: abuse@shop.example',
    'Subject: FW: A page',
    `Message-ID: <${fresh()}>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="cut"',
    '',
    '--cut',
    'Content-Type: text/plain',
    '',
    'This is an email abuse report.',
    '--cut',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: Loop/1.0',
    'Version: 1',
    ...(recipient === undefined ? [] : [`Original-Rcpt-To: <${recipient}>`]),
    '',
    '--cut',
    'Content-Type: message/rfc822',
    '',
    'From: Ann <ann@shop.example>',
    'Subject: A page',
    ...(messageId === undefined ? [] : [`Message-ID: <${messageId}>`]),
    '',
    'Hello.',
    '--cut--',
    '',
  ]);
}
