import { classOfRecipient } from './bounce-class.js';

const failed = (status: string, diagnostic = ''): Parameters<typeof classOfRecipient>[0] => ({
  finalRecipient: 'jo@example.com',
  action: 'failed',
  status,
  diagnostic,
});

describe('classOfRecipient', () => {
  it.each([
    ['an unknown mailbox', failed('5.1.1'), 'bounce_hard'],
    ['a closed mailbox', failed('5.2.1'), 'bounce_hard'],
    ['a host that does not exist', failed('5.4.4'), 'bounce_hard'],
    ['any other permanent failure', failed('5.0.0'), 'bounce_hard'],
    ['a full mailbox', failed('5.2.2'), 'bounce_soft'],
    ['a mail that expired in the queue', failed('5.4.7'), 'bounce_soft'],
    ['a mail that is too big', failed('5.3.4'), 'bounce_soft'],
    ['giving up after temporary failures', failed('4.4.1'), 'bounce_soft'],
    ['greylisting that says unknown user', failed('4.1.1', '450 4.1.1 user unknown'), 'bounce_soft'],
    ['a refused policy', failed('5.7.1'), 'policy_block'],
    ['our own sender address refused', failed('5.1.8', '553 Domain of sender address us@example.net does not exist'), 'policy_block'],
    ['a block in words under a vague code', failed('5.0.0', '550 blocked, see the blocklist'), 'policy_block'],
    ['a policy code with the words for an unknown user', failed('5.7.1', '550 5.7.1 User unknown'), 'bounce_hard'],
    ['the words for a full mailbox under a hard code', failed('5.1.1', '550 mailbox is full'), 'bounce_soft'],
    ['the exact code in the words over 5.0.0', failed('5.0.0', '552 5.2.2 sorry'), 'bounce_soft'],
    ['a plain SMTP code of class 4 alone', failed('', '451 later please'), 'bounce_soft'],
    ['a plain SMTP code of class 5 alone', failed('', '550 no'), 'bounce_hard'],
    ['a failure that says nothing', failed(''), 'bounce_soft'],
    ['telling words that stand in the address only', failed('5.1.1', '550 <spam-blocked@example.com>'), 'bounce_hard'],
    ['numbers of an IP address, which are no code', failed('', 'host 5.1.1.20 said no'), 'bounce_soft'],
    ['a delay, whatever the code', { ...failed('5.1.1'), action: 'delayed' }, 'delayed'],
    ['a report without an action', { ...failed('5.1.1'), action: '' }, 'bounce_hard'],
    ['a delivery', { ...failed('2.1.5'), action: 'delivered' }, undefined],
    ['a relay', { ...failed('2.0.0'), action: 'relayed' }, undefined],
    ['neither action nor reason', { ...failed(''), action: '' }, undefined],
  ] as const)('judges %s', (_, recipient, expected) => {
    expect(classOfRecipient(recipient)).toBe(expected);
  });
});
