import { parseDeliveryStatus, parseFeedbackReport, parseReturnedMail } from './delivery-status.js';

describe('parseDeliveryStatus', () => {
  it('reads every recipient of a report', () => {
    const part = [
      'Reporting-MTA: dns; mx.example.com',
      '',
      'Original-Recipient: rfc822;Jo@Example.com',
      'Final-Recipient: RFC822; <Jo@Example.com>',
      'Action: Failed',
      'Status: 5.1.1 (bad mailbox)',
      'Diagnostic-Code: smtp; 550 5.1.1 no such',
      '  user here',
      '',
      'Final-Recipient: rfc822;ann@example.com',
      'Action: delayed',
      'Status: 4.4.1',
    ].join('\r\n');

    expect(parseDeliveryStatus(part)).toEqual([
      { finalRecipient: 'jo@example.com', action: 'failed', status: '5.1.1', diagnostic: '550 5.1.1 no such user here' },
      { finalRecipient: 'ann@example.com', action: 'delayed', status: '4.4.1', diagnostic: '' },
    ]);
  });

  it.each([
    [
      'no blank line between the recipients',
      'Final-Recipient: rfc822;a@x.example\nAction: failed\nFinal-Recipient: rfc822;b@x.example\nAction: failed',
      2,
    ],
    ['no blank line after the fields of the message', 'Reporting-MTA: dns;x\nFinal-Recipient: rfc822;a@x.example\nAction: failed', 1],
    ['prose in front', 'Your mail: it did not arrive.\n\nFinal-Recipient: rfc822;a@x.example\nAction: failed', 1],
    ['prose only', 'This message was undeliverable due to the following reason:\n\nit is full', 0],
    ['nothing', '', 0],
  ] as const)('copes with %s', (_, part, count) => {
    expect(parseDeliveryStatus(part)).toHaveLength(count);
  });

  it('reads a report of a million folded lines without hanging', () => {
    expect(parseDeliveryStatus(`Final-Recipient: a@x.example\nDiagnostic-Code: smtp;\n${' x\n'.repeat(1_000_000)}`)[0]?.diagnostic).toHaveLength(
      2000,
    );
  });
});

describe('parseFeedbackReport', () => {
  it('reads type and recipient', () => {
    expect(parseFeedbackReport('Feedback-Type: Abuse\nUser-Agent: X/1\nOriginal-Rcpt-To: <Jo@example.com>\n')).toEqual({
      type: 'abuse',
      originalRecipient: 'jo@example.com',
    });
  });

  it('is undefined without a type', () => {
    expect(parseFeedbackReport('Version: 1\n')).toBeUndefined();
  });
});

describe('parseReturnedMail', () => {
  it('reads the id and the recipient from the headers, and nothing from the body', () => {
    expect(parseReturnedMail('\r\nMessage-ID:\r\n <a@x.example>\r\nSubject: Hello\r\n\r\nTo: body@x.example')).toEqual({
      originalMessageId: 'a@x.example',
    });
  });
});
