import type { TextBounceFacts } from './text-bounce.js';
import { readTextBounce } from './text-bounce.js';

const QMAIL = `Hi. This is the qmail-send program at mx.example.net.

<jo@example.com>:
192.0.2.1 does not like recipient.
Remote host said: 550 No such user

--- Below this line is a copy of the message.

Return-Path: <us@example.net>
Message-ID: <one@example.net>
To: Jo <jo@example.com>
`;
const qmail: TextBounceFacts = {
  from: { address: 'MAILER-DAEMON@mx.example.net', name: '' },
  to: ['us@example.net'],
  subject: 'failure notice',
  headers: {},
  text: QMAIL,
};

describe('readTextBounce', () => {
  it('finds recipient, words and the mail that came back', () => {
    expect(readTextBounce(qmail)).toEqual({
      recipients: [
        { finalRecipient: 'jo@example.com', action: 'failed', status: '', diagnostic: expect.stringContaining('550 No such user') as string },
      ],
      originalMessageId: 'one@example.net',
      originalTo: 'Jo <jo@example.com>',
    });
  });

  it('takes the recipients from X-Failed-Recipients when there is one', () => {
    const mail = { ...qmail, headers: { 'x-failed-recipients': 'A@example.com, b@example.com' } };

    expect(readTextBounce(mail)?.recipients.map(({ finalRecipient }) => finalRecipient)).toEqual(['a@example.com', 'b@example.com']);
  });

  it('sees that a mail system still tries', () => {
    expect(readTextBounce({ ...qmail, subject: 'Warning: message delayed 4 hours' })?.recipients[0]?.action).toBe('delayed');
  });

  it.each([
    ['a person who quotes a bounce', { from: { address: 'jo@example.com', name: 'Jo' }, subject: 'Re: failure notice' }],
    [
      'an out-of-office note with an empty return path',
      { from: { address: 'jo@example.com', name: 'Jo' }, subject: 'Out of office', headers: { 'return-path': '<>' } },
    ],
    ['a postmaster who answers as a person', { from: { address: 'postmaster@example.com', name: 'Jo' }, subject: 'Re: your article' }],
    ['a mail without a sender', { from: { address: '', name: '' }, subject: 'failure notice' }],
  ] as const)('leaves alone %s', (_, change) => {
    expect(readTextBounce({ ...qmail, ...change })).toBeUndefined();
  });
});
