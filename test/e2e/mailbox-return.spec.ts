import { FIRST_MAILS, FOLLOW_UPS } from '../../src/domain/fair-share.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { makeCampaign, makeContact, makeEnrollment, makeMailbox, makeOpportunity, makeSequence, makeTemplate } from '../support/factories.js';
import { type PlannedMail, sendingWorld } from '../support/sending-world.js';
import { TEST_START } from '../support/test-app.js';

const world = sendingWorld();
const api = () => world.test.as(world.test.owner.key);

describe('a mailbox that was away for ten days (F31)', () => {
  let mailboxId: string;
  let campaignId: string;
  let first: PlannedMail[];
  let followUps: PlannedMail[];

  beforeEach(async () => {
    const { db } = world.test;
    mailboxId = (await makeMailbox(db, world.workspaceId, { smtpPort: world.sink.port, perDay: 3, perHour: 100, state: 'disabled' })).id;
    campaignId = (await makeCampaign(db, world.workspaceId, { mailboxIds: [mailboxId] })).id;
    const mail = (lane: number): Promise<PlannedMail> => world.planned({ mailboxId, campaignId, message: { campaignId, lane, dueAt: TEST_START } });
    first = [await mail(FIRST_MAILS), await mail(FIRST_MAILS), await mail(FIRST_MAILS), await mail(FIRST_MAILS), await mail(FIRST_MAILS)];
    followUps = [await mail(FOLLOW_UPS), await mail(FOLLOW_UPS)];
    world.test.clock.advance(10 * DAY_MS);
  });

  const comeBack = (body: object = {}, query = '') => api().patch(`/mailboxes/${mailboxId}${query}`, { state: 'connected', ...body }, '*');
  const states = async (mails: readonly PlannedMail[]) => (await Promise.all(mails.map((mail) => world.now(mail)))).map(({ state }) => state);

  it('tells what would go when, and changes nothing', async () => {
    const { body } = await comeBack({ maxLatenessHours: 48 }, '?preview=true').expect(200);

    expect(body).toMatchObject({ state: 'disabled', version: 1, plan: { overdue: 7, tooLate: 2 } });
    expect(body.plan.days).toEqual([
      { day: '2026-11-12', mails: 3 },
      { day: '2026-11-13', mails: 2 },
    ]);
    await world.test.run('late');
    await world.test.run('send');
    expect(world.sink.stored).toHaveLength(0);
    expect(await states(followUps)).toEqual(['scheduled', 'scheduled']);
  });

  it.each([
    ['was taken out', `state = 'disabled'`, { state: 'connected' }],
    ['had an alarm', `state = 'connected', alarm_code = '5.7.1', alarm_at = now()`, { state: 'connected' }],
    ['lost its login', `state = 'needs_reconnect'`, { smtp: { user: 'ann', password: 'a new one' } }],
  ])('that %s skips follow-ups that came too late, and never a first mail', async (_, away, body) => {
    await world.test.db.query(`UPDATE mailboxes SET ${away} WHERE workspace_id = $1 AND id = $2`, [world.workspaceId, mailboxId]);

    const { body: back } = await api()
      .patch(`/mailboxes/${mailboxId}`, { ...body, maxLatenessHours: 48 }, '*')
      .expect(200);
    await world.test.run('late');

    expect(back).toMatchObject({ state: 'connected', alarm: null, plan: { overdue: 7, tooLate: 2 } });
    expect(await states(followUps)).toEqual(['skipped', 'skipped']);
    expect(await world.now(followUps[0]!)).toMatchObject({ stateReason: 'too_late', enrollmentState: 'active' });
    expect((await world.now(followUps[0]!)).enrollmentNextAt).not.toBeNull();
    expect(new Set(await states(first))).toEqual(new Set(['scheduled']));
  });

  it('skips nothing unless it is told to', async () => {
    await comeBack().expect(200);
    await world.test.run('late');

    expect(await states(followUps)).toEqual(['scheduled', 'scheduled']);
  });

  it('lets a follow-up that is too late not slip out before it is skipped', async () => {
    await comeBack({ maxLatenessHours: 48 }).expect(200);
    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(3);
    expect(await states(followUps)).toEqual(['scheduled', 'scheduled']);
  });

  it('spreads what waited over the days it is given', async () => {
    const { body } = await comeBack({ spreadOverDays: 7 }).expect(200);
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

  it('leaves what a paused campaign holds to the campaign', async () => {
    await world.test.db.query(`UPDATE campaigns SET state = 'paused' WHERE workspace_id = $1 AND id = $2`, [world.workspaceId, campaignId]);

    const { body } = await comeBack({ maxLatenessHours: 48, spreadOverDays: 7 }).expect(200);
    await world.test.run('late');

    expect(body.plan).toEqual({ overdue: 0, tooLate: 0, days: [] });
    expect(await states(followUps)).toEqual(['scheduled', 'scheduled']);
  });

  it('comes back once: of two who bring it back at once the second is told', async () => {
    const both = await Promise.all([comeBack({ spreadOverDays: 7 }), comeBack({ maxLatenessHours: 48 })]);

    const [won, lost] = both.sort((one, other) => one.status - other.status);
    expect(won).toMatchObject({ status: 200, body: { version: 2 } });
    expect([412, 422]).toContain(lost.status);
    const { body } = await comeBack({ maxLatenessHours: 48 }).expect(422);
    expect(body).toMatchObject({ code: 'mailbox_not_away', errors: [{ pointer: '/maxLatenessHours' }] });
  });

  it('is nobody else’s to bring back, or to look at', async () => {
    const stranger = world.test.as((await world.test.makeWorkspace()).key);

    for (const query of ['', '?preview=true']) await stranger.patch(`/mailboxes/${mailboxId}${query}`, { state: 'connected' }, '*').expect(404);
    expect((await api().get(`/mailboxes/${mailboxId}`).expect(200)).body.state).toBe('disabled');
  });

  it.each([
    [{ maxLatenessHours: 0 }, '/maxLatenessHours'],
    [{ spreadOverDays: 366 }, '/spreadOverDays'],
  ])('refuses %j', async (body, pointer) => {
    const refused = await comeBack(body).expect(400);

    expect(refused.body.errors).toMatchObject([{ pointer }]);
  });
});

describe('a follow-up that was not written yet', () => {
  /** Sent its first mail; the second step was due at the start. */
  async function waiting(over: object = {}): Promise<{ enrollmentId: string; mailboxId: string }> {
    const { db } = world.test;
    const steps = await Promise.all(
      ['first', 'second', 'third'].map(async (key) => ({
        ...{ key, kind: 'mail', templateId: (await makeTemplate(db, world.workspaceId)).id, title: null },
        delay: { value: 3, unit: 'businessDays' },
      })),
    );
    const mailboxId = (await makeMailbox(db, world.workspaceId, { smtpPort: world.sink.port, state: 'disabled' })).id;
    const sequenceId = (await makeSequence(db, world.workspaceId, { steps })).id;
    const campaignId = (await makeCampaign(db, world.workspaceId, { sequenceId, mailboxIds: [mailboxId] })).id;
    const card = await makeOpportunity(db, world.workspaceId, { campaignId });
    const contact = await makeContact(db, world.workspaceId, { prospectId: card.prospectId });
    const enrollment = await makeEnrollment(db, world.workspaceId, {
      ...{ opportunityId: card.id, contactId: contact.id, mailboxId, stepKey: 'first', nextAt: TEST_START, ...over },
    });
    return { enrollmentId: enrollment.id, mailboxId };
  }

  const of = async (enrollmentId: string) => (await api().get(`/enrollments/${enrollmentId}`).expect(200)).body;
  const written = async (enrollmentId: string): Promise<unknown[]> => {
    const { body } = await api().get(`/messages?filter[enrollmentId]=${enrollmentId}`).expect(200);
    return (body.data as { stepKey: unknown }[]).map(({ stepKey }) => stepKey);
  };

  it('is left out too when its mailbox comes back, however often it was looked at meanwhile', async () => {
    const { enrollmentId, mailboxId } = await waiting();
    await world.test.run('plan');
    expect(await of(enrollmentId)).toMatchObject({ state: 'blocked', stateReason: 'mailbox_not_connected' });
    world.test.clock.advance(10 * DAY_MS);
    await world.test.run('plan');

    const { body } = await api().patch(`/mailboxes/${mailboxId}`, { state: 'connected', maxLatenessHours: 72 }, '*').expect(200);
    world.test.clock.advance(HOUR_MS);
    await world.test.run('plan');

    expect(body.plan).toEqual({ overdue: 1, tooLate: 1, days: [] });
    const now = await of(enrollmentId);
    expect(now).toMatchObject({ state: 'active', stepKey: 'second', skippedSteps: [{ stepKey: 'second', code: 'too_late' }] });
    expect(Date.parse(now.nextAt)).toBeGreaterThan(world.test.clock.now().getTime());
    expect(await written(enrollmentId)).toEqual([]);
  });

  it('is written where it is not too late, or nobody asked', async () => {
    const wished = await waiting();
    const plain = await waiting();
    await world.test.run('plan');
    world.test.clock.advance(2 * DAY_MS);

    await api().patch(`/mailboxes/${wished.mailboxId}`, { state: 'connected', maxLatenessHours: 72 }, '*').expect(200);
    await api().patch(`/mailboxes/${plain.mailboxId}`, { state: 'connected' }, '*').expect(200);
    await world.test.run('plan');

    for (const { enrollmentId } of [wished, plain]) expect(await written(enrollmentId)).toEqual(['second']);
  });

  it('is left out when its person goes on, and told before', async () => {
    const { enrollmentId, mailboxId } = await waiting({ state: 'paused' });
    await api().patch(`/mailboxes/${mailboxId}`, { state: 'connected' }, '*').expect(200);
    world.test.clock.advance(10 * DAY_MS);
    const goOn = (query: string) =>
      api().post(`/enrollments/${enrollmentId}/moves${query}`, { to: 'active', maxLatenessHours: 72 }).set('if-match', '*');

    const { body: preview } = await goOn('?preview=true').expect(200);
    expect(preview).toMatchObject({ state: 'paused', version: 1, plan: { overdue: 1, tooLate: 1, days: [] } });
    const [one, other] = await Promise.all([goOn(''), goOn('')]);
    await world.test.run('plan');

    expect([one.status, other.status].sort((a, b) => a - b)).toEqual([200, 409]);
    expect(await of(enrollmentId)).toMatchObject({ state: 'active', skippedSteps: [{ stepKey: 'second', code: 'too_late' }] });
    expect(await written(enrollmentId)).toEqual([]);
  });

  it('is told with the day on which it would leave', async () => {
    const { enrollmentId, mailboxId } = await waiting({ state: 'paused' });
    await api().patch(`/mailboxes/${mailboxId}`, { state: 'connected' }, '*').expect(200);
    const look = (to: string) => api().post(`/enrollments/${enrollmentId}/moves?preview=true`, { to }).set('if-match', '*');

    expect((await look('active').expect(200)).body.plan).toEqual({ overdue: 1, tooLate: 0, days: [{ day: '2026-11-02', mails: 1 }] });
    expect((await look('stopped').expect(200)).body).toMatchObject({ state: 'paused' });
    expect((await look('finished').expect(409)).body).toMatchObject({ code: 'illegal_transition' });
    const stranger = world.test.as((await world.test.makeWorkspace()).key);
    await stranger.post(`/enrollments/${enrollmentId}/moves?preview=true`, { to: 'active' }).set('if-match', '*').expect(404);
    await api().post(`/enrollments/${enrollmentId}/moves?preview=true`, { to: 'active' }).set('if-match', '"9"').expect(412);
  });
});
