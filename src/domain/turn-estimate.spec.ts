import { FIRST_MAILS, FOLLOW_UPS, type Lane } from './fair-share.js';
import type { SimulatedLimits } from './mail-simulation.js';
import { OFFICE_HOURS } from './send-window.js';
import { type QueuedMail, type Turn, turnGate, turnsIn } from './turn-estimate.js';

const NOW = new Date('2026-11-02T10:00:00Z');
const pace = { id: 'm', perDay: 1000, perHour: 1000, gapSeconds: 90, today: 0, lastHour: 0, oldestInHourAt: null };
const limits: SimulatedLimits = { now: NOW, zone: 'UTC', mailboxes: [pace] };

const mail = (id: string, over: Partial<QueuedMail> = {}): QueuedMail => ({
  ...{ id, lane: FIRST_MAILS, campaignId: 'c', window: null, zone: 'UTC', holidays: new Set<string>(), readyAt: NOW.getTime() - 1000 },
  ...over,
});

function turns(mails: readonly QueuedMail[], over: Partial<SimulatedLimits> = {}): Map<string, Turn> {
  const estimate = turnsIn('m', mails, { ...limits, ...over });
  for (let step = estimate.next(); ; step = estimate.next()) if (step.done) return step.value;
}

const mails = (count: number, over: Partial<QueuedMail> = {}): QueuedMail[] =>
  Array.from({ length: count }, (_, at) => mail(`${over.campaignId ?? ''}${String(at)}`, { readyAt: NOW.getTime() - 10_000 + at, ...over }));

it('lets mails leave one gap apart, the longest due first', () => {
  const found = turns(mails(3));

  expect([found.get('0'), found.get('2')]).toEqual([
    { ahead: 0, at: NOW },
    { ahead: 2, at: new Date(NOW.getTime() + 180_000) },
  ]);
});

it('counts only those that keep a mail from leaving when it may', () => {
  const later = mail('later', { readyAt: NOW.getTime() + 3_600_000 });

  expect(turns([...mails(10), later]).get('later')).toEqual({ ahead: 0, at: new Date(later.readyAt) });
});

it('shares by campaign: the first of a small campaign stands behind one of the large', () => {
  const found = turns([...mails(100, { campaignId: 'old' }), mail('new', { campaignId: 'new' })]);

  expect(found.get('new')?.ahead).toBe(1);
});

it('keeps half for follow-ups, and counts what the day has had', () => {
  const taken = [{ mailboxId: 'm', lane: FOLLOW_UPS as Lane, campaignId: 'c', mails: 3 }];
  const follow = mail('follow', { lane: FOLLOW_UPS });

  expect(turns([...mails(10), follow]).get('follow')?.ahead).toBe(0);
  expect(turns([...mails(10), follow], { taken }).get('follow')?.ahead).toBe(3);
});

it('joins limits, hours, ramp and window', () => {
  const box = { ...pace, perDay: 10, perHour: 2, ramp: { start: 3, step: 5, daysBefore: 0 } };

  const found = turns(mails(5, { window: OFFICE_HOURS }), { mailboxes: [box] });

  const at = [0, 1, 2, 3, 4].map((place) => found.get(String(place))?.at.toISOString());
  expect(at).toEqual([
    ...['2026-11-02T10:00:00.000Z', '2026-11-02T10:01:30.000Z', '2026-11-02T11:00:00.000Z'],
    ...['2026-11-03T09:00:00.000Z', '2026-11-03T09:01:30.000Z'],
  ]);
});

it('knows no time for a mail whose mailbox is not there', () => {
  expect(turns(mails(1), { mailboxes: [] }).size).toBe(0);
  expect(turnGate(undefined)).toEqual({ code: 'turn', open: true, opensAt: null, detail: null });
  expect(turnGate({ ahead: 1, at: NOW })).toMatchObject({ open: false, opensAt: NOW, detail: expect.stringContaining('One mail leaves') });
});
