import { requireQualifiedLinks, type Terms } from './agreement-rules.js';
import { RuleViolation } from './errors.js';

const terms = (over: Partial<Terms>): Terms => ({ compensation: 'none', items: [{ rel: ['follow'] }], ...over });

describe('requireQualifiedLinks', () => {
  it.each([
    ['a link for nothing that follows', {}],
    ['a link for nothing with any rel', { items: [{}] }],
    ['a fee of nothing', { fee: { amount: 0 } }],
    ['money for a sponsored link', { compensation: 'money', items: [{ rel: ['sponsored'] }] }],
    ['an exchange with nofollow', { compensation: 'exchange', items: [{ rel: ['nofollow', 'sponsored'] }] }],
  ] as const)('allows %s', (_, over) => {
    expect(() => {
      requireQualifiedLinks(terms(over));
    }).not.toThrow();
  });

  it.each([
    ['money for a link that follows', { compensation: 'money' }],
    ['a product for a link that follows', { compensation: 'product' }],
    ['an exchange for a link that follows', { compensation: 'exchange' }],
    ['a fee that is called nothing', { fee: { amount: 12_500 } }],
    ['money and any rel', { compensation: 'money', items: [{}] }],
    ['money and an empty list, which means any', { compensation: 'money', items: [{ rel: [] }] }],
    ['money and ugc', { compensation: 'money', items: [{ rel: ['ugc'] }] }],
    ['money and a choice that includes follow', { compensation: 'money', items: [{ rel: ['sponsored', 'follow'] }] }],
  ] as const)('refuses %s', (_, over) => {
    expect(() => {
      requireQualifiedLinks(terms(over));
    }).toThrow(RuleViolation);
  });

  it('points at each item at fault', () => {
    const paid = terms({ compensation: 'money', items: [{ rel: ['sponsored'] }, { rel: ['follow'] }, {}] });
    const refused = (): void => {
      requireQualifiedLinks(paid);
    };

    expect(refused).toThrow(
      expect.objectContaining({
        code: 'paid_link_must_be_qualified',
        facts: { errors: [expect.objectContaining({ pointer: '/items/1/rel' }), expect.objectContaining({ pointer: '/items/2/rel' })] },
      }),
    );
  });
});
