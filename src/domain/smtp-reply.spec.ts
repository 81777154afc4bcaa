import { judgeSmtpReply, parseSmtpRefusal, type SmtpStage, type SmtpVerdict } from './smtp-reply.js';

const judge = (response: string, stage: SmtpStage): SmtpVerdict | undefined => {
  const reply = parseSmtpRefusal(response);
  return reply && judgeSmtpReply(reply, stage);
};

describe('judgeSmtpReply', () => {
  it.each([
    ['an unknown mailbox', '550 5.1.1 <x@tea.example> User unknown', 'recipient', 'address'],
    ['an unknown mailbox named after DATA', '550 5.1.1 No such user', 'content', 'address'],
    ['a disabled mailbox', '550 5.2.1 The email account is disabled', 'recipient', 'address'],
    ['a domain that takes no mail', '556 5.1.10 Recipient address has null MX', 'recipient', 'address'],
    ['no enhanced code at RCPT', '550 Requested action not taken', 'recipient', 'address'],
    ['Exchange Online, unknown recipient', '550 5.4.1 Recipient address rejected: Access denied. [X.prod.outlook.com]', 'recipient', 'address'],
    ['policy', '554 5.7.1 Message rejected', 'content', 'sender'],
    ['policy told by words only', '550 Blocked - see https://tea.example/blocklist', 'recipient', 'sender'],
    ['a sender address that does not exist', '550 5.1.8 Sender domain not found', 'recipient', 'sender'],
    ['an unauthenticated sender', '550-5.7.26 This mail is unauthenticated\n550 5.7.26 see help', 'content', 'sender'],
    ['a wrong password', '535 5.7.8 Authentication failed', 'session', 'sender'],
    ['a refused sender', '550 5.1.1 no', 'sender', 'sender'],
    ['a full mailbox', '552 5.2.2 Mailbox full', 'recipient', 'other'],
    ['content without a code', '554 Transaction failed', 'content', 'other'],
    ['too large', '552 5.3.4 Message too big', 'content', 'other'],
  ] as const)('blames the right one for %s', (_, response, stage, fault) => {
    expect(judge(response, stage)).toEqual({ is: 'permanent', fault });
  });

  it.each([
    ['greylisting', '450 4.2.0 Greylisted', 'recipient', { scope: 'recipient', retryAfterMs: undefined }],
    [
      'greylisting with a hint',
      '451 4.7.1 Greylisting in action, please come back in 00:05:00 or try again in 300 seconds',
      'recipient',
      { scope: 'recipient', retryAfterMs: 300_000 },
    ],
    ['a hint in minutes', '451 try after 5 minutes', 'content', { scope: 'recipient', retryAfterMs: 300_000 }],
    ['a hint beyond belief', '451 try again in 9000 hours', 'content', { scope: 'recipient', retryAfterMs: 86_400_000 }],
    ['a full mailbox', '452 4.2.2 Over quota', 'recipient', { scope: 'recipient', retryAfterMs: undefined }],
    ['a closing server', '421 4.3.2 Shutting down', 'recipient', { scope: 'mailbox', retryAfterMs: undefined }],
    ['a login that fails for now', '454 4.7.0 Temporary authentication failure', 'session', { scope: 'mailbox', retryAfterMs: undefined }],
    ['missing DMARC alignment', '451 4.7.32 The From: header is not aligned', 'content', { scope: 'mailbox', retryAfterMs: undefined }],
    ['a lost conversation', '503 5.5.1 Bad sequence of commands', 'recipient', { scope: 'recipient', retryAfterMs: undefined }],
  ] as const)('asks to try later on %s', (_, response, stage, expected) => {
    expect(judge(response, stage)).toEqual({ is: 'temporary', ...expected });
  });

  it.each(['250 2.0.0 queued', '354 go', '', '55', '4501 x'])('sees no refusal in %j', (response) => {
    expect(parseSmtpRefusal(response)).toBeUndefined();
  });

  it('keeps code, enhanced code and text apart', () => {
    expect(parseSmtpRefusal('550-5.1.1 no\u0007pe\n550 5.1.1 really')).toEqual({
      code: 550,
      enhanced: '5.1.1',
      text: '550-5.1.1 nope\n550 5.1.1 really',
    });
  });
});
