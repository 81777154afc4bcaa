import { MINUTE_MS } from '../../src/platform/clock.js';
import { makeCampaign, makeEnrollment, makeMailbox, makeOpportunity, makeSequence, makeTemplate } from '../support/factories.js';
import { sendingWorld } from '../support/sending-world.js';

const world = sendingWorld();
const STEP_MS = 30 * MINUTE_MS;
const PEOPLE = 3;
/** Over the hour that is missing in spring and comes twice in autumn, in all three cities. */
const NIGHT = { from: '00:30', to: '03:30', days: [1, 2, 3, 4, 5, 6, 7], onHolidays: true };

describe('sequences in the night in which the clocks change', () => {
  it.each([
    ['New York, forward', 'US', 'America/New_York', '2027-03-13T17:00:00Z'],
    ['New York, back', 'US', 'America/New_York', '2026-10-31T16:00:00Z'],
    ['Lisbon, forward', 'PT', 'Europe/Lisbon', '2027-03-27T12:00:00Z'],
    ['Lisbon, back', 'PT', 'Europe/Lisbon', '2026-10-24T11:00:00Z'],
    ['Sydney, forward', 'AU', 'Australia/Sydney', '2026-10-03T02:00:00Z'],
    ['Sydney, back', 'AU', 'Australia/Sydney', '2027-04-03T01:00:00Z'],
  ])(
    'send each mail once, inside the window, and lose none: %s',
    async (_, country, zone, noonBefore) => {
      const enrollments = await enrolled(country, new Date(noonBefore));

      for (let step = 0; step < 82; step += 1) {
        world.test.clock.set(new Date(Date.parse(noonBefore) + step * STEP_MS));
        await world.test.run('plan');
        await world.test.run('send');
      }

      const mails = await world.test.db.query<{ enrollment: string; step: string; state: string; sentAt: Date | null }[]>(
        `SELECT enrollment_id AS enrollment, step_key AS step, state, sent_at AS "sentAt" FROM messages
          WHERE workspace_id = $1 AND enrollment_id = ANY ($2) ORDER BY enrollment_id, step_key`,
        [world.workspaceId, enrollments],
      );
      expect(mails.map(({ enrollment, step, state }) => [enrollment, step, state])).toEqual(
        enrollments.toSorted().flatMap((id) => ['s1', 's2'].map((key) => [id, key, 'sent'])),
      );
      expect(world.sink.stored).toHaveLength(2 * PEOPLE);
      // by another clock than the product's
      const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
      const shown = mails.map(({ sentAt }) => clock.format(sentAt ?? 0));
      expect(shown.filter((time) => time < NIGHT.from || time >= NIGHT.to)).toEqual([]);
    },
    120_000,
  );
});

/** People of a country in a sequence of two mails, an hour apart. */
async function enrolled(country: string, startAt: Date): Promise<string[]> {
  const { db, clock } = world.test;
  const ws = world.workspaceId;
  clock.set(startAt);
  const steps: object[] = [];
  for (const [at, value] of [0, 1].entries()) {
    const { id } = await makeTemplate(db, ws, { subject: 'A page on tea', text: 'Hello there.' });
    steps.push({ key: `s${String(at + 1)}`, kind: 'mail', templateId: id, title: null, delay: { value, unit: 'hours' } });
  }
  const mailbox = await makeMailbox(db, ws, { smtpPort: world.sink.port, perDay: 1000, perHour: 1000, gapSeconds: 0, nextAt: startAt });
  const sequence = await makeSequence(db, ws, { steps });
  const campaign = await makeCampaign(db, ws, { mailboxIds: [mailbox.id], sequenceId: sequence.id, sendWindow: NIGHT });
  const ids: string[] = [];
  for (let person = 0; person < PEOPLE; person += 1) {
    const card = await makeOpportunity(db, ws, { campaignId: campaign.id });
    ids.push((await makeEnrollment(db, ws, { opportunityId: card.id, state: 'pending', mailboxId: null, nextAt: startAt })).id);
  }
  await db.query('UPDATE prospects SET country = $2 WHERE workspace_id = $1', [ws, country]);
  await db.query(`UPDATE contacts SET lawful_basis = 'legitimate_interest', time_zone = NULL WHERE workspace_id = $1`, [ws]);
  return ids;
}
