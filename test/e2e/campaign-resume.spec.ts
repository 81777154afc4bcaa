import { FIRST_MAILS, FOLLOW_UPS } from '../../src/domain/fair-share.js';
import { DAY_MS } from '../../src/platform/clock.js';
import { makeCampaign, makeMailbox } from '../support/factories.js';
import { type PlannedMail, sendingWorld } from '../support/sending-world.js';
import { TEST_START } from '../support/test-app.js';

const world = sendingWorld();

describe('a campaign that was paused for ten days (F31)', () => {
  let campaignId: string;
  let first: PlannedMail[];
  let followUps: PlannedMail[];

  beforeEach(async () => {
    const { db } = world.test;
    const mailbox = await makeMailbox(db, world.workspaceId, { smtpPort: world.sink.port, perDay: 3, perHour: 100, gapSeconds: 0 });
    campaignId = (await makeCampaign(db, world.workspaceId, { mailboxIds: [mailbox.id], state: 'paused' })).id;
    const mail = (lane: number): Promise<PlannedMail> =>
      world.planned({ mailboxId: mailbox.id, campaignId, message: { campaignId, lane, dueAt: TEST_START } });
    first = [await mail(FIRST_MAILS), await mail(FIRST_MAILS), await mail(FIRST_MAILS), await mail(FIRST_MAILS), await mail(FIRST_MAILS)];
    followUps = [await mail(FOLLOW_UPS), await mail(FOLLOW_UPS)];
    world.test.clock.advance(10 * DAY_MS);
  });

  const resume = (body?: object, query = '') =>
    world.test.as(world.test.owner.key).post(`/campaigns/${campaignId}/resume${query}`, body).set('if-match', '*');
  const states = async (mails: readonly PlannedMail[]) => (await Promise.all(mails.map((mail) => world.now(mail)))).map(({ state }) => state);

  it('tells what would go when, and changes nothing', async () => {
    const { body } = await resume({ maxLatenessHours: 48 }, '?preview=true').expect(200);

    expect(body).toMatchObject({ state: 'paused', plan: { overdue: 7, tooLate: 2 } });
    expect(body.plan.days).toEqual([
      { day: '2026-11-12', mails: 3 },
      { day: '2026-11-13', mails: 2 },
    ]);
    await world.test.run('send');
    expect(world.sink.stored).toHaveLength(0);
  });

  it('sends no more than its limit on the first day, and skips follow-ups that came too late', async () => {
    await resume({ maxLatenessHours: 48, reason: 'The holidays are over.' }).expect(200);
    await world.test.run('late');
    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(3);
    expect(await states(followUps)).toEqual(['skipped', 'skipped']);
    expect(await world.now(followUps[0]!)).toMatchObject({ stateReason: 'too_late', enrollmentState: 'active' });
    expect((await world.now(followUps[0]!)).enrollmentNextAt).not.toBeNull();

    world.test.clock.advance(DAY_MS);
    await world.test.run('send');
    expect(await states(first)).toEqual(['sent', 'sent', 'sent', 'sent', 'sent']);
  });

  it('skips nothing unless it is told to', async () => {
    await resume().expect(200);
    await world.test.run('late');

    expect(await states(followUps)).toEqual(['scheduled', 'scheduled']);
  });

  it('spreads what waited over the days it is given', async () => {
    const { body } = await resume({ spreadOverDays: 7 }).expect(200);
    expect(body.plan.days).toHaveLength(7);

    const sent: number[] = [];
    for (let day = 0; day < 3; day += 1) {
      const before = world.sink.stored.length;
      await world.test.run('send');
      sent.push(world.sink.stored.length - before);
      world.test.clock.advance(DAY_MS);
    }
    expect(sent).toEqual([1, 1, 1]);
  });

  it.each([
    [{ maxLatenessHours: 0 }, '/maxLatenessHours'],
    [{ spreadOverDays: 366 }, '/spreadOverDays'],
  ])('refuses %j', async (body, pointer) => {
    const refused = await resume(body).expect(400);

    expect(refused.body.errors).toMatchObject([{ pointer }]);
  });
});
