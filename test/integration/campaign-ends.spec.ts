import { CAMPAIGN_ENDS_AFTER_MS } from '../../src/modules/outreach/planning/campaign-ends.service.js';
import { MINUTE_MS } from '../../src/platform/clock.js';
import { makeCampaign, makeContact, makeEnrollment, makeOpportunity } from '../support/factories.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let test: TestApp;

beforeAll(async () => {
  test = await createTestApp();
});

afterAll(() => test.close());

const ws = (): string => test.owner.workspaceId;
const stateOf = async (id: string): Promise<string> => (await test.as(test.owner.key).get(`/campaigns/${id}`).expect(200)).body.state;
const eventsOf = (id: string): Promise<{ type: string; data: object }[]> =>
  test.db.query(`SELECT type, data FROM events WHERE workspace_id = $1 AND campaign_id = $2 AND type LIKE 'campaign.%'`, [ws(), id]);

async function withEnrollments(states: readonly ('finished' | 'replied' | 'active' | 'paused')[], state = 'running'): Promise<string> {
  const campaign = await makeCampaign(test.db, ws(), { state });
  for (const one of states) {
    const card = await makeOpportunity(test.db, ws(), { campaignId: campaign.id });
    await makeEnrollment(test.db, ws(), { opportunityId: card.id, state: one, nextAt: null, stateChangedAt: test.clock.now() });
  }
  return campaign.id;
}

describe('a campaign', () => {
  it('is finished, once, a day after the last of its enrollments has ended', async () => {
    const id = await withEnrollments(['finished', 'replied']);
    await test.run('campaigns');
    expect(await stateOf(id)).toBe('running');

    test.clock.advance(CAMPAIGN_ENDS_AFTER_MS);
    await Promise.all([test.run('campaigns'), test.run('campaigns')]);
    test.clock.advance(2 * MINUTE_MS);
    await test.run('campaigns');

    expect(await stateOf(id)).toBe('finished');
    expect(await eventsOf(id)).toMatchObject([
      { type: 'campaign.finished', data: { object: { id, state: 'finished' }, previous: { state: 'running' } } },
    ]);
    const contact = await makeContact(test.db, ws());
    const { body } = await test.as(test.owner.key).post('/enrollments', { campaignId: id, contactId: contact.id }).expect(409);
    expect(body.code).toBe('campaign_finished');
  });

  it.each([
    ['somebody still goes through it', ['finished', 'active'], 'running'],
    ['somebody in it is paused', ['finished', 'paused'], 'running'],
    ['nobody was ever enrolled', [], 'running'],
    ['it is paused', ['finished'], 'paused'],
  ] as const)('goes on while %s', async (_, states, state) => {
    const id = await withEnrollments(states, state);

    test.clock.advance(30 * CAMPAIGN_ENDS_AFTER_MS);
    await test.run('campaigns');

    expect(await stateOf(id)).toBe(state);
    expect(await eventsOf(id)).toEqual([]);
  });

  it('runs again when somebody in it goes on by hand, and ends anew after them', async () => {
    const id = await withEnrollments(['finished', 'replied']);
    test.clock.advance(CAMPAIGN_ENDS_AFTER_MS + 2 * MINUTE_MS);
    await test.run('campaigns');
    expect(await stateOf(id)).toBe('finished');
    const as = test.as(test.owner.key);
    const [replied] = await test.db.query<{ id: string }[]>(
      `SELECT id FROM enrollments WHERE workspace_id = $1 AND campaign_id = $2 AND state = 'replied'`,
      [...[ws(), id]],
    );
    const path = `/enrollments/${String(replied?.id)}/moves`;

    const { body } = await as.post(path, { to: 'active', reason: 'That was an automatic answer.' }).set('if-match', '*').expect(200);

    expect(body).toMatchObject({ state: 'active', nextAt: test.clock.now().toISOString() });
    expect(await stateOf(id)).toBe('running');
    await as.post(path, { to: 'stopped', reason: 'Enough.' }).set('if-match', '*').expect(200);
    test.clock.advance(CAMPAIGN_ENDS_AFTER_MS + 2 * MINUTE_MS);
    await test.run('campaigns');
    expect(await stateOf(id)).toBe('finished');
  });
});
