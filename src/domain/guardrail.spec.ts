import { brokenGuardrail, guardrailReason } from './guardrail.js';

describe('brokenGuardrail', () => {
  it.each([
    ['5 bounces of 60', { sent: 60, bounced: 5, complained: 0 }, 'bounces'],
    ['5 % exactly', { sent: 100, bounced: 5, complained: 0 }, 'bounces'],
    ['one complaint of 300', { sent: 300, bounced: 0, complained: 1 }, 'complaints'],
    ['both', { sent: 60, bounced: 6, complained: 1 }, 'complaints'],
  ] as const)('is broken by %s', (_, numbers, expected) => {
    expect(brokenGuardrail(numbers)).toBe(expected);
  });

  it.each([
    ['4 bounces of 100', { sent: 100, bounced: 4, complained: 0 }],
    ['all of a sample that is too small', { sent: 49, bounced: 49, complained: 49 }],
    ['one complaint of 400', { sent: 400, bounced: 0, complained: 1 }],
    ['nothing at all', { sent: 0, bounced: 0, complained: 0 }],
  ])('holds at %s', (_, numbers) => {
    expect(brokenGuardrail(numbers)).toBeUndefined();
  });

  it('says why in numbers', () => {
    expect(guardrailReason('bounces', { sent: 60, bounced: 5, complained: 0 })).toBe('5 of 60 mails came back for good.');
    expect(guardrailReason('complaints', { sent: 300, bounced: 0, complained: 1 })).toBe('1 of 300 mails were called spam.');
  });
});
