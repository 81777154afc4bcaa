import { PIPELINE_EVENT_KINDS } from './machines/event-kinds.js';
import { announcementOfFact, announcementsOf, EVENT_TYPES, type Step } from './pipeline-announcements.js';

describe('announcementsOf', () => {
  it.each<[string, Step, string[]]>([
    ['a new card', { machine: 'opportunity', from: null, to: 'new' }, []],
    ['a card that moves', { machine: 'opportunity', from: 'ready', to: 'contacting' }, ['opportunity.stage_changed']],
    ['a sequence that starts', { machine: 'enrollment', from: 'pending', to: 'active' }, []],
    ['a sequence that is through', { machine: 'enrollment', from: 'active', to: 'finished' }, []],
    ['a sequence that an answer ends', { machine: 'enrollment', from: 'active', to: 'replied' }, ['enrollment.stopped']],
    ['a sequence that an opt-out ends', { machine: 'enrollment', from: 'active', to: 'unsubscribed' }, ['enrollment.stopped']],
    ['a mail that is queued', { machine: 'message', from: null, to: 'scheduled' }, []],
    ['a mail on the wire', { machine: 'message', from: 'claimed', to: 'transmitting' }, []],
    ['a mail that left', { machine: 'message', from: 'transmitting', to: 'sent' }, ['message.sent']],
    ['a mail found sent', { machine: 'message', from: 'delivery_unknown', to: 'sent' }, ['message.sent']],
    ['a refused mail', { machine: 'message', from: 'transmitting', to: 'failed' }, ['message.failed']],
    ['a mail of unknown fate', { machine: 'message', from: 'transmitting', to: 'delivery_unknown' }, ['message.delivery_unknown']],
    ['a new pitch', { machine: 'pitch', from: null, to: 'draft' }, []],
    ['a pitch on its way', { machine: 'pitch', from: 'draft', to: 'pitched' }, ['pitch.state_changed']],
    ['an accepted pitch', { machine: 'pitch', from: 'countered', to: 'accepted' }, ['pitch.state_changed', 'pitch.accepted']],
    ['a verified pitch', { machine: 'pitch', from: 'published_reported', to: 'published_verified' }, ['pitch.state_changed', 'pitch.published']],
    ['an expected link', { machine: 'backlink', from: null, to: 'expected' }, []],
    ['a reported link', { machine: 'backlink', from: 'expected', to: 'reported' }, ['backlink.reported']],
    ['a link reported anew', { machine: 'backlink', from: 'rejected', to: 'reported' }, ['backlink.reported']],
    ['a check without a verdict', { machine: 'backlink', from: 'verifying', to: 'reported' }, []],
    ['a link seen for the first time', { machine: 'backlink', from: 'verifying', to: 'live' }, ['backlink.live']],
    ['a link that was never there', { machine: 'backlink', from: 'verifying', to: 'rejected' }, []],
    ['a link live for the first time after better terms', { machine: 'backlink', from: 'degraded', to: 'live', wasLive: false }, ['backlink.live']],
    ['a link back to terms', { machine: 'backlink', from: 'degraded', to: 'live', wasLive: true }, ['backlink.changed']],
    ['a blip', { machine: 'backlink', from: 'suspect', to: 'live', wasLive: true }, []],
    ['a first doubt', { machine: 'backlink', from: 'live', to: 'suspect', wasLive: true }, ['backlink.suspect']],
    ['a first verdict against the terms', { machine: 'backlink', from: 'verifying', to: 'degraded' }, ['backlink.degraded']],
    ['a live link that changed', { machine: 'backlink', from: 'live', to: 'degraded', wasLive: true }, ['backlink.changed', 'backlink.degraded']],
    ['a loss', { machine: 'backlink', from: 'suspect', to: 'lost', wasLive: true }, ['backlink.lost']],
    ['a recovery', { machine: 'backlink', from: 'lost', to: 'live', wasLive: true }, ['backlink.recovered']],
    ['a recovery against the terms', { machine: 'backlink', from: 'lost', to: 'degraded', wasLive: true }, ['backlink.recovered']],
    ['a first life after a loss by hand', { machine: 'backlink', from: 'lost', to: 'live', wasLive: false }, ['backlink.recovered', 'backlink.live']],
    ['a page that a machine cannot judge', { machine: 'backlink', from: 'verifying', to: 'needs_review' }, ['backlink.needs_review']],
    ['the end of the term', { machine: 'backlink', from: 'live', to: 'closed', wasLive: true }, ['backlink.expired']],
    ['a lost link that is put away', { machine: 'backlink', from: 'lost', to: 'closed', wasLive: true }, []],
  ])('%s', (_, step, expected) => {
    expect(announcementsOf(step)).toEqual(expected);
  });
});

describe('announcementOfFact', () => {
  it.each([
    ['reply_received', 'reply.received'],
    ['reply_classified', 'reply.classified'],
    ['bounced_hard', 'message.bounced'],
    ['bounced_soft', 'message.bounced'],
    ['complained', 'message.complained'],
    ['answer_overdue', 'pitch.overdue'],
    ['publication_overdue', 'pitch.overdue'],
    ['contact_erased', 'contact.erased'],
    ['auto_reply_received', undefined],
    ['link_checked', undefined],
  ] as const)('%s is told as %s', (kind, type) => {
    expect(announcementOfFact(kind)).toBe(type);
  });
});

describe('EVENT_TYPES', () => {
  it('names each type once, as thing.what_happened', () => {
    expect(new Set(EVENT_TYPES).size).toBe(EVENT_TYPES.length);
    expect(EVENT_TYPES.filter((type) => !/^[a-z_]+\.[a-z_]+$/.test(type))).toEqual([]);
  });

  it('is apart from the names of the facts within', () => {
    expect(EVENT_TYPES.filter((type) => (PIPELINE_EVENT_KINDS as readonly string[]).includes(type))).toEqual([]);
  });
});
