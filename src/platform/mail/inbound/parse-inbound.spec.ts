import { MAX_MAIL_BYTES, parseInbound } from './parse-inbound.js';
import { MailUnreadable } from './parser-thread.js';

const mail = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'));

const report = (type: string, part: string, returned: string): Buffer =>
  mail(
    'From: Mail Delivery System <MAILER-DAEMON@mx.example.net>',
    'To: us@example.net',
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    `Content-Type: multipart/report; report-type=${type}; boundary=b`,
    ...['', '--b', 'Content-Type: text/plain', '', 'Your mail came back.', '--b', `Content-Type: message/${type}`, '', part],
    ...[
      '--b',
      `Content-Type: ${returned}`,
      '',
      'Message-ID: <sent@example.net>',
      'To: jo@example.com',
      'Subject: Hello',
      '',
      'our own text',
      '--b--',
      '',
    ],
  );

describe('parseInbound', () => {
  it('reads an answer', async () => {
    const parsed = await parseInbound(
      mail(
        ...['Return-Path: <jo@example.com>', 'From: "Jo Blue" <Jo@example.com>', 'To: us@example.net, Other <o@example.net>'],
        ...['Subject: =?utf-8?B?UmU6IEfDpHN0ZQ==?=', 'Date: Mon, 02 Nov 2026 10:00:00 +0100', 'Message-ID: <r@example.com>'],
        ...['In-Reply-To: <b@example.net>', 'References: <a@example.net>', ' <b@example.net>', 'X-Other: x', '', 'Yes, please.', ''],
      ),
    );

    expect(parsed).toEqual({
      messageId: 'r@example.com',
      inReplyTo: ['b@example.net'],
      references: ['a@example.net', 'b@example.net'],
      from: { address: 'Jo@example.com', name: 'Jo Blue' },
      to: ['us@example.net', 'o@example.net'],
      subject: 'Re: Gäste',
      date: new Date('2026-11-02T09:00:00Z'),
      headers: { 'return-path': '<jo@example.com>' },
      text: 'Yes, please.\n',
    });
  });

  it.each(['message/rfc822', 'text/rfc822-headers'])('reads a delivery report with the mail back as %s', async (returned) => {
    const parsed = await parseInbound(
      report('delivery-status', 'Final-Recipient: rfc822;jo@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n', returned),
    );

    expect(parsed.deliveryStatus).toEqual({
      recipients: [{ finalRecipient: 'jo@example.com', action: 'failed', status: '5.1.1', diagnostic: '' }],
      originalMessageId: 'sent@example.net',
      originalTo: 'jo@example.com',
    });
    expect(parsed.text).not.toContain('our own text');
  });

  it('reads an abuse report', async () => {
    const parsed = await parseInbound(report('feedback-report', 'Feedback-Type: abuse\r\nVersion: 1\r\n', 'message/rfc822'));

    expect(parsed.feedbackReport).toEqual({ type: 'abuse', originalRecipient: 'jo@example.com', originalMessageId: 'sent@example.net' });
    expect(parsed.deliveryStatus).toBeUndefined();
  });

  it('keeps the text of a forwarded mail apart from what the person wrote', async () => {
    const parsed = await parseInbound(
      mail(
        ...['From: jo@example.com', 'Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: text/plain', '', 'See below.'],
        ...['--b', 'Content-Type: message/rfc822', 'Content-Disposition: inline', '', 'From: x@example.com', '', 'forwarded text', '--b--', ''],
      ),
    );

    expect(parsed.text).toContain('See below.');
    expect(parsed.text).not.toContain('forwarded text');
  });

  it.each([
    ['nothing', ''],
    ['no headers', 'just words'],
    ['headers only', 'Subject: x'],
    ['an unknown charset', 'Content-Type: text/plain; charset=x-none\r\n\r\n\xff\xfe'],
    ['a boundary that never comes', 'Content-Type: multipart/mixed; boundary=b\r\n\r\nx'],
    ['broken base64', 'Content-Transfer-Encoding: base64\r\n\r\n%%%'],
    ['a date that is none', 'Date: yesterday\r\n\r\nx'],
    ['HTML only', 'Content-Type: text/html\r\n\r\n<p>Hello <b>you'],
    ['a header line of a megabyte', `References: ${'<a@b> '.repeat(170_000)}\r\n\r\nx`],
  ])('copes with %s', async (_, raw) => {
    await expect(parseInbound(Buffer.from(raw, 'latin1'))).resolves.toHaveProperty('references');
  });

  it('keeps HTML that is too long for a text form of it', async () => {
    const html = '<p>Hello</p>'.repeat(50_000);

    const parsed = await parseInbound(mail('Content-Type: text/html', '', html));

    expect(parsed.html).toContain(html);
    expect(parsed.text).toBe('');
  });

  it('refuses parts within parts a thousand deep', async () => {
    const raw = Array.from({ length: 1000 }, (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`).join('');

    await expect(parseInbound(Buffer.from(raw))).rejects.toThrow(MailUnreadable);
  });

  it('refuses what is too big before it reads it', async () => {
    await expect(parseInbound(Buffer.alloc(MAX_MAIL_BYTES + 1))).rejects.toThrow(MailUnreadable);
  });
});
