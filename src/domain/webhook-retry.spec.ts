import { endpointIsDead, fateOfDelivery, newsOfEndpoint, retryAfterMs } from './webhook-retry.js';

const NOW = new Date('2026-11-02T09:00:00Z');
const minutes = (count: number): Date => new Date(NOW.getTime() + count * 60_000);

describe('fateOfDelivery', () => {
  it.each([200, 202, 204, 299])('delivers on %i', (status) => {
    expect(fateOfDelivery({ status }, 1, NOW, 0)).toEqual({ state: 'delivered' });
  });

  it.each([
    [1, 5 / 60],
    [2, 5],
    [3, 30],
    [4, 120],
    [9, 24 * 60],
  ])('waits after try %i as the plan says', (attempts, wait) => {
    expect(fateOfDelivery({ status: 500 }, attempts, NOW, 0)).toEqual({ state: 'retrying', nextAt: minutes(wait), restUntil: null });
  });

  it.each([301, 302, 400, 404, 500, 503, undefined])('tries again after %s', (status) => {
    expect(fateOfDelivery({ status }, 1, NOW, 0).state).toBe('retrying');
  });

  it('gives up after the tenth try, more than three days after the first', () => {
    expect(fateOfDelivery({ status: 500 }, 10, NOW, 0)).toEqual({ state: 'exhausted', endpointGone: false });
  });

  it('takes 410 for goodbye', () => {
    expect(fateOfDelivery({ status: 410 }, 1, NOW, 0)).toEqual({ state: 'exhausted', endpointGone: true });
  });

  it('obeys a Retry-After that is later than the plan, and lets the endpoint rest', () => {
    expect(fateOfDelivery({ status: 429, retryAfterMs: 3_600_000 }, 1, NOW, 0)).toEqual({
      state: 'retrying',
      nextAt: minutes(60),
      restUntil: minutes(60),
    });
  });

  it.each([429, 502, 504])('lets an endpoint rest for half a minute after %i, when it does not say how long', (status) => {
    expect(fateOfDelivery({ status }, 1, NOW, 0)).toEqual({ state: 'retrying', nextAt: minutes(5 / 60), restUntil: minutes(0.5) });
  });

  it('does not let a Retry-After park a delivery for longer than a day', () => {
    expect(fateOfDelivery({ status: 503, retryAfterMs: 30 * 86_400_000 }, 1, NOW, 0)).toMatchObject({ nextAt: minutes(24 * 60) });
  });

  it('spreads by a tenth at most, never to before the plan', () => {
    expect(fateOfDelivery({ status: 500 }, 2, NOW, 0.5)).toEqual({ state: 'retrying', nextAt: minutes(5.25), restUntil: null });
    expect(fateOfDelivery({ status: 500 }, 2, NOW, 1)).toEqual({ state: 'retrying', nextAt: minutes(5.5), restUntil: null });
  });
});

describe('newsOfEndpoint', () => {
  const good = { fate: fateOfDelivery({ status: 200 }, 1, NOW, 0), endedAt: NOW };
  const bad = (at: number, status = 500) => ({ fate: fateOfDelivery({ status }, 1, minutes(at), 0), endedAt: minutes(at) });
  const nothing = { succeeded: false, failures: 0, failingSince: null, restUntil: null, gone: false };

  it.each([
    ['a success alone', [good], { succeeded: true }],
    ['failures alone', [bad(1), bad(2)], { failures: 2, failingSince: minutes(1) }],
    ['failures before a success', [bad(1), bad(2), good], { succeeded: true }],
    ['failures after a success', [bad(1), good, bad(2), bad(3)], { succeeded: true, failures: 2, failingSince: minutes(2) }],
    ['two wishes to slow down', [bad(2, 429), bad(1, 502)], { failures: 2, failingSince: minutes(2), restUntil: minutes(2.5) }],
    ['a wish to slow down that a success has overtaken', [bad(1, 429), good], { succeeded: true }],
    ['goodbye, whatever came after', [bad(1, 410), good], { succeeded: true, gone: true }],
  ])('reads %s', (_, tries, expected) => {
    expect(newsOfEndpoint(tries)).toEqual({ ...nothing, ...expected });
  });
});

describe('endpointIsDead', () => {
  it.each([
    ['never failed', null, false],
    ['failing for four days', new Date('2026-10-29T09:00:00Z'), false],
    ['failing for five days', new Date('2026-10-28T09:00:00Z'), true],
  ])('%s', (_, since, dead) => {
    expect(endpointIsDead(since, NOW)).toBe(dead);
  });
});

describe('retryAfterMs', () => {
  it.each([
    ['120', 120_000],
    ['Mon, 02 Nov 2026 09:10:00 GMT', 600_000],
    ['Mon, 02 Nov 2026 08:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads %s', (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });
});
