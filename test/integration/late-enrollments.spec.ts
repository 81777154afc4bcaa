import { FIRST_MAILS, FOLLOW_UPS } from '../../src/domain/fair-share.js';
import { DAY_MS } from '../../src/platform/clock.js';
import { type PlannedMail, sendingWorld } from '../support/sending-world.js';
import { TEST_START } from '../support/test-app.js';

const world = sendingWorld();
const LAST_WEEK = new Date(TEST_START.getTime() - 7 * DAY_MS);

/** A mail that was due a week ago, of somebody whom a person holds. */
async function held(lane: number): Promise<PlannedMail> {
  const mail = await world.planned({ message: { lane, dueAt: LAST_WEEK, nextAt: LAST_WEEK } });
  await world.test.db.query(`UPDATE enrollments SET state = 'paused' WHERE workspace_id = $1 AND id = $2`, [world.workspaceId, mail.enrollmentId]);
  return mail;
}

const goOn = ({ enrollmentId }: PlannedMail, body: object) =>
  world.test
    .as(world.test.owner.key)
    .post(`/enrollments/${enrollmentId}/moves`, { to: 'active', ...body })
    .set('if-match', '*');

describe('an enrollment that a person lets go on after a long pause', () => {
  it('leaves out its follow-up where that is too late, and its sequence goes on', async () => {
    const mail = await held(FOLLOW_UPS);

    await goOn(mail, { maxLatenessHours: 72 }).expect(200);
    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(0);
    const now = await world.now(mail);
    expect(now).toMatchObject({ state: 'skipped', stateReason: 'too_late', enrollmentState: 'active' });
    expect(now.enrollmentNextAt).not.toBeNull();
  });

  it.each<[string, number, object]>([
    ['a follow-up that is not too late', FOLLOW_UPS, { maxLatenessHours: 24 * 8 }],
    ['a follow-up, where nobody asks', FOLLOW_UPS, {}],
    ['a first mail, however late', FIRST_MAILS, { maxLatenessHours: 1 }],
  ])('sends %s', async (_, lane, body) => {
    const mail = await held(lane);

    await goOn(mail, body).expect(200);
    await world.test.run('send');

    expect((await world.now(mail)).state).toBe('sent');
  });

  it('refuses a lateness that is none', async () => {
    await goOn(await held(FOLLOW_UPS), { maxLatenessHours: 0 }).expect(400);
  });
});
