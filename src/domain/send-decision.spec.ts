import { decideSend, earliestOpening, gatesOf, windowsOf, type SendFacts } from './send-decision.js';

const now = new Date('2026-11-02T10:00:00Z');
const later = new Date('2026-11-02T11:00:00Z');
const sendable: SendFacts = {
  now,
  needsApproval: false,
  nextAt: now,
  contactErased: false,
  contactUndeliverable: false,
  suppressed: null,
  stage: 'ready',
  contactBlocked: false,
  enrollmentState: 'active',
  campaignState: 'running',
  siteInContact: false,
  conditionFalse: false,
  law: null,
  window: null,
  zone: 'UTC',
  mailboxState: 'connected',
  mailboxAlarm: null,
};
const byHand: SendFacts = { ...sendable, enrollmentState: null, campaignState: null, siteInContact: null, law: null };

describe('decideSend', () => {
  it.each<[string, SendFacts]>([
    ['nothing objects', sendable],
    ['a person wrote it, whatever the plan says', byHand],
    ['a person writes to a card that was given up', { ...byHand, stage: 'no_response' }],
  ])('sends when %s', (_, facts) => {
    expect(decideSend(facts)).toEqual({ do: 'send' });
  });

  it.each<[string, Partial<SendFacts>, string]>([
    ['the contact was erased', { contactErased: true }, 'contact_erased'],
    ['the address bounced', { contactUndeliverable: true }, 'undeliverable'],
    ['the address is suppressed', { suppressed: 'address' }, 'suppressed'],
    ['the domain is suppressed', { suppressed: 'domain' }, 'suppressed'],
    ['the person answered', { enrollmentState: 'replied' }, 'replied'],
    ['the enrollment was stopped', { enrollmentState: 'stopped' }, 'stopped'],
    ['the card is closed', { stage: 'declined' }, 'stage_declined'],
    ['the site wants no contact', { stage: 'do_not_contact' }, 'stage_do_not_contact'],
    ['the contact is blocked after the deal', { stage: 'live', contactBlocked: true }, 'contact_blocked'],
    ['the campaign is finished', { campaignState: 'finished' }, 'campaign_finished'],
    ['it is suppressed and the campaign paused', { suppressed: 'address', campaignState: 'paused' }, 'suppressed'],
  ])('cancels when %s', (_, change, code) => {
    expect(decideSend({ ...sendable, ...change })).toEqual({ do: 'cancel', code });
  });

  it.each<[string, Partial<SendFacts>, string]>([
    ['the site wants no contact', { stage: 'do_not_contact' }, 'stage_do_not_contact'],
    ['the recipient is suppressed', { suppressed: 'address' }, 'suppressed'],
  ])('cancels what a person wrote too when %s', (_, change, code) => {
    expect(decideSend({ ...byHand, ...change })).toEqual({ do: 'cancel', code });
  });

  it.each<[string, Partial<SendFacts>, string]>([
    ['nobody released it', { needsApproval: true }, 'approval'],
    ['the enrollment is paused', { enrollmentState: 'paused' }, 'enrollment'],
    ['the fate of the mail before is unknown', { enrollmentState: 'blocked' }, 'enrollment'],
    ['the campaign is paused', { campaignState: 'paused' }, 'campaign'],
    ['a colleague is in contact with the site', { siteInContact: true }, 'site_in_contact'],
    ['the conditions of its step do not hold any more', { conditionFalse: true }, 'condition'],
    ['a server blocks the sender', { mailboxAlarm: '5.7.1' }, 'mailbox_alarm'],
    ['the mailbox lost its login', { mailboxState: 'needs_reconnect' }, 'mailbox'],
  ])('waits for nobody knows how long when %s', (_, change, why) => {
    expect(decideSend({ ...sendable, ...change })).toEqual({ do: 'hold', why, until: null });
  });

  it('waits for the window on the recipient’s clock, however late the mail is', () => {
    const window = { days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' };
    const evening = new Date('2026-11-02T17:00:00Z'); // a Monday

    expect(decideSend({ ...sendable, now: evening, window })).toEqual({ do: 'hold', why: 'window', until: new Date('2026-11-03T09:00:00Z') });
    expect(decideSend({ ...sendable, now: evening, window, zone: 'America/New_York' })).toEqual({ do: 'send' });
  });

  it('waits until a known instant', () => {
    expect(decideSend({ ...sendable, nextAt: later })).toEqual({ do: 'hold', why: 'schedule', until: later });
  });
});

describe('decideSend, of limits and lateness', () => {
  it('waits for the next day when the domain of the recipient has had enough', () => {
    const recipientDomain = { domain: 'tea.example', perDay: 2, today: 2, opensAt: later };

    expect(decideSend({ ...sendable, recipientDomain })).toEqual({ do: 'hold', why: 'recipient_domain', until: later });
    expect(decideSend({ ...sendable, recipientDomain: { ...recipientDomain, today: 1 } })).toEqual({ do: 'send' });
  });

  it('does not send what was due before the campaign says it is too late', () => {
    expect(decideSend({ ...sendable, dueAt: new Date(0), lateBefore: now })).toMatchObject({ do: 'hold', why: 'too_late' });
    expect(decideSend({ ...sendable, dueAt: now, lateBefore: now })).toEqual({ do: 'send' });
  });

  it('waits on a holiday where the recipient is', () => {
    const window = { days: [1, 2, 3, 4, 5], from: '00:00', to: '24:00' };
    const holidays = new Set(['2026-11-02']);

    expect(decideSend({ ...sendable, window, holidays })).toEqual({ do: 'hold', why: 'window', until: new Date('2026-11-03T00:00:00Z') });
    expect(gatesOf({ ...sendable, window, holidays }).find(({ code }) => code === 'window')?.detail).toContain('public holiday');
    expect(decideSend({ ...sendable, window: { ...window, onHolidays: true }, holidays })).toEqual({ do: 'send' });
  });
});

describe('gatesOf', () => {
  it('lists every gate that is closed, and opens each on its own', () => {
    const closed = (facts: SendFacts): string[] => gatesOf(facts).flatMap(({ code, open }) => (open ? [] : [code]));
    const three: SendFacts = { ...sendable, suppressed: 'address', campaignState: 'paused', mailboxState: 'disabled' };

    expect(closed(three)).toEqual(['suppression', 'campaign', 'mailbox']);
    expect(closed({ ...three, campaignState: 'running' })).toEqual(['suppression', 'mailbox']);
  });
});

describe('earliestOpening', () => {
  const shut = (opensAt: Date | null): { open: boolean; opensAt: Date | null } => ({ open: false, opensAt });

  it.each([
    ['now when all are open', [{ open: true, opensAt: null }], now],
    ['the latest of those that are closed', [shut(new Date('2026-11-02T10:30:00Z')), shut(later)], later],
    ['unknown when one is', [shut(later), shut(null)], null],
    ['now when the instant has passed', [shut(new Date('2026-11-01T00:00:00Z'))], now],
  ])('is %s', (_, gates, expected) => {
    expect(earliestOpening(gates, now)).toEqual(expected);
  });

  it('is inside of the window, and not only when the limit opens', () => {
    const nineToFive: SendFacts = { ...sendable, window: { days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' } };
    const midnight = new Date('2026-11-03T00:00:00Z');

    expect(earliestOpening([shut(midnight)], now, windowsOf(nineToFive))).toEqual(new Date('2026-11-03T09:00:00Z'));
  });

  it('is where two windows meet, and unknown when they never do', () => {
    const hours = (from: string, to: string) => windowsOf({ ...sendable, window: { days: [1, 2, 3, 4, 5, 6, 7], from, to } });
    const evening = new Date('2026-11-02T20:00:00Z');

    expect(earliestOpening([], evening, [...hours('09:00', '12:00'), ...hours('11:00', '18:00')])).toEqual(new Date('2026-11-03T11:00:00Z'));
    expect(earliestOpening([], evening, [...hours('09:00', '10:00'), ...hours('11:00', '18:00')])).toBeNull();
  });
});

describe('a follow-up that a person set', () => {
  const followUp: SendFacts = {
    ...byHand,
    followedState: 'sent',
    followedSentAt: new Date('2026-10-30T10:00:00Z'),
    followUpDays: 1,
    answered: false,
  };

  it.each<[string, Partial<SendFacts>, object]>([
    ['goes out after its business days', {}, { do: 'send' }],
    ['is cancelled by an answer', { answered: true }, { do: 'cancel', code: 'replied' }],
    ['waits for the mail that it follows', { followedState: 'claimed', followedSentAt: null }, { do: 'hold', why: 'follow_up', until: null }],
    ['waits while nobody knows whether that one left', { followedState: 'delivery_unknown' }, { do: 'hold', why: 'follow_up', until: null }],
    ['is cancelled with it', { followedState: 'cancelled' }, { do: 'cancel', code: 'followed_mail_not_sent' }],
    ['counts from when it left', { followedSentAt: now }, { do: 'hold', why: 'follow_up', until: new Date('2026-11-03T10:00:00Z') }],
  ])('%s', (_, facts, decision) => {
    expect(decideSend({ ...followUp, ...facts })).toEqual(decision);
  });
});

describe('a look at the page', () => {
  const minutesAgo = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);

  it.each<[string, Partial<SendFacts>, object]>([
    ['is waited for', {}, { do: 'hold', why: 'page_check', until: minutesAgo(-10) }],
    ['is waited for ten minutes in all', { pageAskedAt: minutesAgo(9) }, { do: 'hold', why: 'page_check', until: minutesAgo(-1) }],
    ['is waited for no longer', { pageAskedAt: minutesAgo(10) }, { do: 'send' }],
    ['that was taken lets the mail go', { pageAskedAt: minutesAgo(30), pageLookedAt: minutesAgo(30) }, { do: 'send' }],
    [
      'is taken again after a day',
      { pageAskedAt: minutesAgo(1500), pageLookedAt: minutesAgo(1440) },
      { do: 'hold', why: 'page_check', until: minutesAgo(-10) },
    ],
    ['comes after everything else', { nextAt: later }, { do: 'hold', why: 'schedule', until: later }],
  ])('%s', (_, facts, decision) => {
    expect(decideSend({ ...sendable, pageWanted: true, ...facts })).toEqual(decision);
  });
});
