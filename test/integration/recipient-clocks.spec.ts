import { OFFICE_HOURS } from '../../src/domain/send-window.js';
import { MINUTE_MS } from '../../src/platform/clock.js';
import { makeCampaign, makeMailbox } from '../support/factories.js';
import { type PlannedMail, sendingWorld } from '../support/sending-world.js';

const world = sendingWorld();
const EVERY_DAY = { ...OFFICE_HOURS, days: [1, 2, 3, 4, 5, 6, 7] };

describe('mail leaves at nine where the recipient is (F25)', () => {
  // the day before the clocks change, the day on which they have changed
  it.each([
    ['America/New_York', 'US', '2026-10-31T13:00:00Z', '2026-11-01T14:00:00Z'],
    ['America/New_York', 'US', '2027-03-13T14:00:00Z', '2027-03-14T13:00:00Z'],
    ['Europe/Lisbon', 'PT', '2026-10-24T08:00:00Z', '2026-10-25T09:00:00Z'],
    ['Europe/Lisbon', 'PT', '2027-03-27T09:00:00Z', '2027-03-28T08:00:00Z'],
    ['Australia/Sydney', 'AU', '2026-10-02T23:00:00Z', '2026-10-03T22:00:00Z'],
    ['Australia/Sydney', 'AU', '2027-04-02T22:00:00Z', '2027-04-03T23:00:00Z'],
  ])('in %s, by the country %s alone, on both sides of the night', async (_, country, before, after) => {
    const window = { ...EVERY_DAY, onHolidays: true };
    for (const nine of [before, after]) {
      const mail = await mailTo(country, window, new Date(new Date(nine).getTime() - 60 * MINUTE_MS));
      expect(await stateAt(mail, nine, -1)).toBe('scheduled');
      expect(await stateAt(mail, nine, 0)).toBe('sent');
    }
  });

  it('but not on a public holiday there', async () => {
    const mail = await mailTo('US', OFFICE_HOURS, new Date('2026-11-26T13:00:00Z'));

    expect(await stateAt(mail, '2026-11-26T15:00:00Z', 0)).toBe('scheduled'); // Thanksgiving
    expect(await stateAt(mail, '2026-11-27T14:00:00Z', 0)).toBe('sent');
  });
});

async function mailTo(country: string, sendWindow: object, nextAt: Date): Promise<PlannedMail> {
  const { db } = world.test;
  const limits = { perDay: 1000, perHour: 1000, gapSeconds: 0 };
  const mailbox = await makeMailbox(db, world.workspaceId, { smtpPort: world.sink.port, ...limits, nextAt });
  const campaign = await makeCampaign(db, world.workspaceId, { mailboxIds: [mailbox.id], sendWindow });
  const mail = await world.planned({ mailboxId: mailbox.id, campaignId: campaign.id, message: { nextAt, campaignId: campaign.id } });
  await db.query('UPDATE prospects SET country = $3 WHERE workspace_id = $1 AND id = $2', [world.workspaceId, mail.prospectId, country]);
  // some of these countries let no mail go without one
  await db.query("UPDATE contacts SET lawful_basis = 'legitimate_interest' WHERE workspace_id = $1", [world.workspaceId]);
  return mail;
}

/** What has become of it when the worker looked so many minutes from then. */
async function stateAt(mail: PlannedMail, at: string, minutes: number): Promise<string> {
  world.test.clock.set(new Date(new Date(at).getTime() + minutes * MINUTE_MS));
  await world.test.db.query('UPDATE mailboxes SET next_at = $2 WHERE workspace_id = $1', [world.workspaceId, world.test.clock.now()]);
  await world.test.run('send');
  return (await world.now(mail)).state;
}
