import { makeCampaign, makeContact, makeEnrollment, makeMailbox, makeOpportunity, makeSequence, makeTemplate } from '../support/factories.js';
import { sendingWorld } from '../support/sending-world.js';

const world = sendingWorld();
/** What a person typed, with the ending that they left out. */
const MINE = expect.stringMatching(/^Dear Mei, I liked your piece on Assam\.\n\n1 Leaf Lane, Teatown\nIf you .* https?:/);

const ws = (): string => world.workspaceId;
const api = () => world.test.as(world.test.owner.key);

interface Draft {
  id: string;
  version: number;
  stepKind: string;
}

/** Some people whose first mail a person reads over. */
async function drafts(people: number): Promise<{ campaignId: string; found: Draft[]; templateId: string }> {
  const { db } = world.test;
  const mailbox = await makeMailbox(db, ws(), { smtpPort: world.sink.port, gapSeconds: 0, perHour: 100 });
  const { id: templateId } = await makeTemplate(db, ws(), { subject: 'A page', text: 'As the template says.', html: '<p>As the template says.</p>' });
  const steps = [{ key: 's1', kind: 'review', templateId, title: null, delay: { value: 0, unit: 'minutes' } }];
  const sequence = await makeSequence(db, ws(), { steps });
  const campaign = await makeCampaign(db, ws(), { sequenceId: sequence.id, mailboxIds: [mailbox.id] });
  for (let at = 0; at < people; at += 1) {
    const card = await makeOpportunity(db, ws(), { campaignId: campaign.id });
    const contact = await makeContact(db, ws(), { prospectId: card.prospectId, email: `ok+${card.id}@tea-blog.example` });
    await makeEnrollment(db, ws(), { opportunityId: card.id, contactId: contact.id });
  }
  await world.test.run('plan');
  const { body } = await api()
    .get(`/messages?filter[campaignId]=${campaign.id}&filter[state]=draft&filter[stepKind]=review&sort=createdAt`)
    .expect(200);
  return { campaignId: campaign.id, found: body.data, templateId };
}

describe('the queue of drafts to personalise', () => {
  it('shows what waits, with the version of its template', async () => {
    const { campaignId, found, templateId } = await drafts(2);

    expect(found).toHaveLength(2);
    const count = async (filter: string) => (await api().get(`/messages?filter[campaignId]=${campaignId}&${filter}`).expect(200)).body.data.length;
    expect(await count('filter[source]=sequence')).toBe(2);
    expect(await count('filter[source]=person,nudge')).toBe(0);
    expect(await count('filter[stepKind]=mail')).toBe(0);
    await api().get('/messages?filter[source]=pigeon').expect(400);
    await api().get('/messages?filter[stepKind]=task').expect(400);
    const { body } = await api()
      .get(`/messages/${found[0]?.id ?? ''}`)
      .expect(200);
    expect(body).toMatchObject({ state: 'draft', stepKind: 'review', template: { id: templateId, versionNumber: 1 }, earlierTexts: [] });
    expect(body.templateVersionId).toEqual(expect.any(String));
  });

  it('sends what a person wrote, in both parts, and keeps the words that were there', async () => {
    const { found } = await drafts(3);
    const [edited, untouched, kept] = found;
    const path = `/messages/${edited?.id ?? ''}`;
    await api().patch(path, { text: 'Dear Mei, I liked your piece on Assam.' }, '"1"').expect(200);
    const { body: now } = await api().patch(path, { subject: 'Your piece on Assam' }, '"2"').expect(200);

    expect(now).toMatchObject({ version: 3, subject: 'Your piece on Assam', text: MINE, html: expect.stringContaining('<p>Dear Mei, I') });
    expect(now.earlierTexts).toMatchObject([
      { number: 2, subject: 'A page', text: MINE, html: now.html },
      {
        ...{ number: 1, replacedBy: world.test.owner.memberId },
        ...{ text: expect.stringMatching(/^As the template says\.\n/), html: expect.stringMatching(/^<p>As the template says\.<\/p>/) },
      },
    ]);
    await world.test.run('send');
    expect(world.sink.stored).toEqual([]);

    const items = [
      { id: edited?.id, ifVersion: 3, action: 'release' },
      { id: untouched?.id, ifVersion: 1, action: 'release' },
    ];
    const { body: released } = await api().post('/messages/bulk', { items }).expect(200);
    expect(released.results).toMatchObject([{ status: 200 }, { status: 200 }]);
    await world.test.run('send');

    const raws = world.sink.stored.map(({ raw }) => raw);
    expect(raws).toHaveLength(2);
    const mine = raws.find((raw) => raw.includes('Your piece on Assam')) ?? '';
    expect(mine.match(/I liked your piece on Assam/g)).toHaveLength(2);
    expect(mine).not.toContain('As the template says');
    expect(raws.find((raw) => raw !== mine)?.match(/As the template says/g)).toHaveLength(2);
    expect(
      (
        await api()
          .get(`/messages/${kept?.id ?? ''}`)
          .expect(200)
      ).body.state,
    ).toBe('draft');
  });

  it('is nobody else’s: neither the drafts nor their earlier words', async () => {
    const { found, campaignId } = await drafts(1);
    const stranger = world.test.as((await world.test.makeWorkspace()).key);

    await stranger.get(`/messages/${found[0]?.id ?? ''}`).expect(404);
    await stranger.patch(`/messages/${found[0]?.id ?? ''}`, { text: 'Mine' }, '*').expect(404);
    await stranger.get(`/messages?filter[campaignId]=${campaignId}`).expect(404);
    expect(await world.test.db.query('SELECT FROM message_texts WHERE workspace_id = $1 AND message_id = $2', [ws(), found[0]?.id])).toEqual([]);
  });
});
