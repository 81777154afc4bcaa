import { siteIsTaken, type SiteContact } from './site-guard.js';

const NOW = new Date('2026-11-22T09:00:00Z');
const site = (over: Partial<SiteContact>): SiteContact => ({ stage: null, lastContactedAt: null, ...over });

describe('siteIsTaken', () => {
  it.each([
    ['nobody ever worked it', {}, false],
    ['a card is new', { stage: 'new' }, true],
    ['a link is live there', { stage: 'live' }, true],
    ['the card was declined and no mail ever went', { stage: 'declined' }, false],
    ['the last mail went 99 days ago', { stage: 'no_response', lastContactedAt: new Date('2026-08-15T09:00:00Z') }, true],
    ['the last mail went 100 days ago', { stage: 'no_response', lastContactedAt: new Date('2026-08-14T09:00:00Z') }, false],
  ] as const)('when %s: %s', (_, over, taken) => {
    expect(siteIsTaken(site(over), 100, NOW)).toBe(taken);
  });

  it('lets a workspace without resting days write again at once', () => {
    expect(siteIsTaken(site({ lastContactedAt: NOW }), 0, NOW)).toBe(false);
  });
});
