import { MailboxTurn } from '../../src/modules/sending/claim/mailbox-turn.service.js';
import { Explanations } from '../../src/modules/sending/explain/explanations.service.js';
import { FIRST_MAILS, FOLLOW_UPS } from '../../src/domain/fair-share.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/platform/clock.js';
import { OFFICE_HOURS } from '../../src/domain/send-window.js';
import { newId } from '../../src/platform/ids.js';
import { systemActor } from '../../src/platform/auth/system-actor.js';
import { makeCampaign, makeMailbox } from '../support/factories.js';
import { type PlannedMail, sendingWorld } from '../support/sending-world.js';
import { TEST_START } from '../support/test-app.js';

const world = sendingWorld();
const NO_LIMIT = { perDay: 1000, perHour: 1000, gapSeconds: 0 };
const PLAIN = { sender_domain_per_day: null, recipient_domain_per_day: null, free_mail_host_per_day: null, time_zone: 'UTC' };

/** Limits count a whole day: each test has domains of its own. */
let domain = '';

beforeEach(async () => {
  domain = `tea-${newId().slice(-12)}.example`;
  await setWorkspace(PLAIN);
});

describe('the smallest limit wins (F28)', () => {
  it('and is named: of 3, 2 and 1 the one', async () => {
    const mailbox = await aMailbox({ perDay: 3, perHour: 2 });
    const campaign = await aCampaign(mailbox, { perDay: 1, sendWindow: OFFICE_HOURS });
    const mails = [await planned(mailbox, campaign), await planned(mailbox, campaign)];

    await world.test.run('send');
    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(1);
    const waiting = await firstWaiting(mails);
    expect(await closedGates(waiting)).toEqual(['campaign_day']);
    expect(await earliest(waiting)).toBe('2026-11-03T09:00:00.000Z');
  });

  it.each<[string, Record<string, number>, object, string]>([
    ['the sender domain, over all its mailboxes', { sender_domain_per_day: 3 }, {}, 'sender_domain'],
    ['the domain of the recipients', { recipient_domain_per_day: 3 }, {}, 'recipient_domain'],
    ['the campaign, over all its mailboxes', {}, { perDay: 3 }, 'campaign_day'],
  ])('holds for %s', async (_, workspace, campaignLimits, gate) => {
    await setWorkspace(workspace);
    const mailboxes = [await aMailbox(NO_LIMIT), await aMailbox(NO_LIMIT), await aMailbox(NO_LIMIT)];
    const campaign = await aCampaign(mailboxes[0] ?? '', campaignLimits);
    const mails: PlannedMail[] = [];
    for (const mailbox of mailboxes) for (let mail = 0; mail < 3; mail += 1) mails.push(await planned(mailbox, campaign));

    await Promise.all([world.test.run('send'), world.test.run('send'), world.test.run('send')]);

    expect(world.sink.stored).toHaveLength(3);
    expect(await closedGates(await firstWaiting(mails))).toContain(gate);

    world.test.clock.advance(DAY_MS);
    await world.test.run('send');
    expect(world.sink.stored).toHaveLength(6);
  });

  it('counts hosts of free mail apart', async () => {
    await setWorkspace({ recipient_domain_per_day: 1 });
    const mailbox = await aMailbox(NO_LIMIT);
    const campaign = await aCampaign(mailbox);
    for (let mail = 0; mail < 3; mail += 1) await planned(mailbox, campaign, { toAddress: `ok+${String(mail)}@gmail.com` });

    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(3);
  });

  it('of another workspace is not ours', async () => {
    await world.test.db.query(`/* all-workspaces: but ours */ UPDATE workspaces SET sender_domain_per_day = 1 WHERE id <> $1`, [world.workspaceId]);
    const mailbox = await aMailbox(NO_LIMIT);
    const campaign = await aCampaign(mailbox);
    for (let mail = 0; mail < 2; mail += 1) await planned(mailbox, campaign);

    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(2);
  });
});

describe('a ramp', () => {
  it('grows with each day on which the mailbox sends', async () => {
    const mailbox = await aMailbox({ ...NO_LIMIT, rampStart: 1, rampStep: 2 });
    const campaign = await aCampaign(mailbox);
    const mails: PlannedMail[] = [];
    for (let mail = 0; mail < 12; mail += 1) mails.push(await planned(mailbox, campaign));

    const sentByDay = await sendFor(3);

    expect(sentByDay).toEqual([1, 3, 5]);
    expect(await closedGates(await firstWaiting(mails))).toEqual(['mailbox_ramp']);
  });
});

describe('the hours of a mailbox', () => {
  it('hold whatever is due, and explain says until when', async () => {
    const mailbox = await aMailbox({ ...NO_LIMIT, sendWindow: { days: [1, 2, 3, 4, 5], from: '11:00', to: '12:00' } });
    const mail = await planned(mailbox, await aCampaign(mailbox));

    await world.test.run('send');
    expect(world.sink.stored).toHaveLength(0);
    expect(await closedGates(mail)).toContain('mailbox_window');
    expect(await earliest(mail)).toBe('2026-11-02T11:00:00.000Z');

    world.test.clock.set(new Date('2026-11-02T11:00:00Z'));
    await world.test.run('send');
    expect(world.sink.stored).toHaveLength(1);
  });
});

describe('campaigns that share a mailbox (F30)', () => {
  it('an old one of many does not keep a new one waiting', async () => {
    const mailbox = await aMailbox({ ...NO_LIMIT, perDay: 10 });
    const [old, fresh] = [await aCampaign(mailbox), await aCampaign(mailbox)];
    const longAgo = new Date(TEST_START.getTime() - 30 * DAY_MS);
    for (let mail = 0; mail < 40; mail += 1) await planned(mailbox, old, { lane: FIRST_MAILS, nextAt: longAgo });
    const mails: PlannedMail[] = [];
    for (let mail = 0; mail < 4; mail += 1) mails.push(await planned(mailbox, fresh, { lane: FIRST_MAILS }));

    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(10);
    expect((await Promise.all(mails.map((mail) => world.now(mail)))).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent', 'sent']);
  });

  it('keep half of the day for follow-ups', async () => {
    const mailbox = await aMailbox({ ...NO_LIMIT, perDay: 10 });
    const campaign = await aCampaign(mailbox);
    const early = new Date(TEST_START.getTime() - HOUR_MS);
    for (let mail = 0; mail < 20; mail += 1) await planned(mailbox, campaign, { lane: FIRST_MAILS, nextAt: early });
    const followUps: PlannedMail[] = [];
    for (let mail = 0; mail < 7; mail += 1) followUps.push(await planned(mailbox, campaign, { lane: FOLLOW_UPS }));

    await world.test.run('send');

    const states = (await Promise.all(followUps.map((mail) => world.now(mail)))).map(({ state }) => state);
    expect(states.filter((state) => state === 'sent')).toHaveLength(5);
  });

  it('claim along the index, however many wait', async () => {
    const plan: { 'QUERY PLAN': string }[] = await world.test.db.transaction(async (tx) => {
      await tx.query('SET LOCAL enable_seqscan = off');
      return tx.query(
        `EXPLAIN SELECT lane, COALESCE(campaign_id, '00000000-0000-0000-0000-000000000000'::uuid), next_at FROM messages
          WHERE workspace_id = $1 AND mailbox_id = $1 AND state = 'scheduled'
          ORDER BY lane, COALESCE(campaign_id, '00000000-0000-0000-0000-000000000000'::uuid), next_at LIMIT 1`,
        [world.workspaceId],
      );
    });

    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).not.toMatch(/->\s+(?:Incremental )?Sort\b/);
  });
});

it('a turn of a mailbox whose campaigns are all full lets it rest', async () => {
  const mailbox = await aMailbox(NO_LIMIT);
  const campaign = await aCampaign(mailbox, { perDay: 1 });
  await planned(mailbox, campaign);
  await planned(mailbox, campaign);
  await world.test.run('send');
  world.test.clock.advance(MINUTE_MS);

  await world.test.app.get(MailboxTurn).take();

  expect(await world.test.app.get(MailboxTurn).take()).toBeUndefined();
});

async function aMailbox(over: object): Promise<string> {
  return (await makeMailbox(world.test.db, world.workspaceId, { smtpPort: world.sink.port, fromAddress: `ann@${domain}`, ...over })).id;
}

async function aCampaign(mailboxId: string, over: object = {}): Promise<string> {
  return (await makeCampaign(world.test.db, world.workspaceId, { mailboxIds: [mailboxId], ...over })).id;
}

function planned(mailboxId: string, campaignId: string, message: object = {}): Promise<PlannedMail> {
  return world.planned({ mailboxId, campaignId, message: { lane: FIRST_MAILS, campaignId, toAddress: `ok@${domain}`, ...message } });
}

async function setWorkspace(set: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [column, value] of Object.entries(set)) {
    await world.test.db.query(`UPDATE workspaces SET ${column} = $2 WHERE id = $1`, [world.workspaceId, value]);
  }
}

/** How many mails have left on each day of so many. */
async function sendFor(days: number): Promise<number[]> {
  const sent: number[] = [];
  for (let day = 0; day < days; day += 1) {
    const before = world.sink.stored.length;
    await world.test.run('send');
    await world.test.run('send');
    sent.push(world.sink.stored.length - before);
    if (day < days - 1) world.test.clock.advance(DAY_MS);
  }
  return sent;
}

async function firstWaiting(mails: readonly PlannedMail[]): Promise<PlannedMail> {
  for (const mail of mails) if ((await world.now(mail)).state === 'scheduled') return mail;
  throw new Error('All have left.');
}

async function explained(mail: PlannedMail) {
  return world.test.app.get(Explanations).explain(systemActor(world.workspaceId), mail.messageId);
}

/** But the pause between two mails, the others before it, and the time the mail was put off to. */
async function closedGates(mail: PlannedMail): Promise<string[]> {
  const { gates } = await explained(mail);
  return gates.flatMap(({ code, open }) => (open || code === 'mailbox_gap' || code === 'turn' || code === 'schedule' ? [] : [code]));
}

async function earliest(mail: PlannedMail): Promise<string | undefined> {
  return (await explained(mail)).earliestAt?.toISOString();
}
