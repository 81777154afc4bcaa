import { asksFor, type EventFilter } from './webhook-filter.js';

const ALL: EventFilter = { eventTypes: ['*'], projectIds: null, campaignIds: null };
const event = (type: string, projectId: string | null = null, campaignId: string | null = null) => ({ type, projectId, campaignId });

describe('asksFor', () => {
  it.each([
    ['everything', ALL, event('message.sent'), true],
    ['everything, but no suspicion', ALL, event('backlink.suspect'), false],
    ['suspicion by name', { ...ALL, eventTypes: ['backlink.suspect'] }, event('backlink.suspect'), true],
    ['suspicion by name beside the star', { ...ALL, eventTypes: ['*', 'backlink.suspect'] }, event('backlink.suspect'), true],
    ['another name', { ...ALL, eventTypes: ['message.sent'] }, event('message.failed'), false],
    ['its project', { ...ALL, projectIds: ['p1', 'p2'] }, event('message.sent', 'p2'), true],
    ['another project', { ...ALL, projectIds: ['p1'] }, event('message.sent', 'p2'), false],
    ['a project, of an event without one', { ...ALL, projectIds: ['p1'] }, event('mailbox.disconnected'), false],
    ['its campaign', { ...ALL, campaignIds: ['c1'] }, event('message.sent', 'p1', 'c1'), true],
    ['another campaign of its project', { ...ALL, projectIds: ['p1'], campaignIds: ['c1'] }, event('message.sent', 'p1', 'c2'), false],
    ['its campaign, but another project', { ...ALL, projectIds: ['p2'], campaignIds: ['c1'] }, event('message.sent', 'p1', 'c1'), false],
  ])('%s', (_, filter, happened, expected) => {
    expect(asksFor(filter, happened)).toBe(expected);
  });
});
