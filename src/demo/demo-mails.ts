/** What the demo's prospects send back, as raw mail. */
export interface Answered {
  readonly messageId: string;
  readonly subject: string;
  readonly from: string;
  readonly to: string;
}

const mail = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;

/** A person's answer in the thread. */
export function humanReply(answered: Answered, text: string): string {
  return mail([
    `From: Ada Brew <${answered.from}>`,
    `To: <${answered.to}>`,
    `Subject: Re: ${answered.subject}`,
    `Date: ${new Date(0).toUTCString()}`,
    `Message-ID: <demo-reply-${tag(answered.messageId)}@brew.example>`,
    `In-Reply-To: ${answered.messageId}`,
    `References: ${answered.messageId}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
  ]);
}

/** A bounce as RFC 3464 has it: the address does not exist. */
export function bounce(answered: Answered): string {
  return mail([
    'From: Mail Delivery System <mailer-daemon@mail.example>',
    `To: <${answered.to}>`,
    'Subject: Undelivered Mail Returned to Sender',
    `Date: ${new Date(0).toUTCString()}`,
    `Message-ID: <demo-bounce-${tag(answered.messageId)}@mail.example>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="part"',
    '',
    '--part',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Your mail could not be delivered: this address does not exist.',
    '--part',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mail.example',
    '',
    `Final-Recipient: rfc822; ${answered.from}`,
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 user unknown',
    '',
    '--part',
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: ${answered.messageId}`,
    `Subject: ${answered.subject}`,
    '',
    '--part--',
  ]);
}

/** A Message-ID of our own for each mail answered. */
function tag(messageId: string): string {
  return messageId.replace(/\W/g, '').slice(0, 24);
}
