import { Opportunities } from '../../src/modules/opportunities/opportunities.service.js';
import type { Actor } from '../../src/platform/auth/actor.js';
import { DAY_MS } from '../../src/platform/clock.js';
import { makeCampaign, makeContact, makeEnrollment, makeOpportunity, makeProspect } from '../support/factories.js';
import { createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

let test: TestApp;
let actor: Actor;
let opportunities: Opportunities;

beforeAll(async () => {
  test = await createTestApp();
  actor = test.owner.actor;
  opportunities = test.app.get(Opportunities);
});

afterAll(() => test.close());

const ws = (): string => test.owner.workspaceId;
const ago = (days: number): Date => new Date(TEST_START.getTime() - days * DAY_MS);

describe('the colleague guard', () => {
  it('lets one of fifty through who ask for one site at once', async () => {
    const prospect = await makeProspect(test.db, ws());
    const campaigns = await Promise.all(Array.from({ length: 50 }, () => makeCampaign(test.db, ws())));

    const results = await Promise.allSettled(
      campaigns.map((campaign) => opportunities.create(actor, { campaignId: campaign.id, prospectId: prospect.id })),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
    expect(refusals).toEqual(Array(49).fill('site_already_in_contact'));
  });

  it('makes one card out of many equal requests', async () => {
    const prospect = await makeProspect(test.db, ws());
    const campaign = await makeCampaign(test.db, ws());

    const results = await Promise.all(
      Array.from({ length: 10 }, () => opportunities.create(actor, { campaignId: campaign.id, prospectId: prospect.id })),
    );

    expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    expect(results.filter(({ created }) => created)).toHaveLength(1);
  });

  it.each([
    ['an open card', 'live', null, 'refused'],
    ['a closed card and a mail of 99 days ago', 'no_response', 99, 'refused'],
    ['a closed card and a mail of 101 days ago', 'no_response', 101, 'free'],
    ['a closed card and no mail ever', 'declined', null, 'free'],
  ] as const)('finds a site with %s (%s) %s', async (_, stage, days, outcome) => {
    const prospect = await makeProspect(test.db, ws(), days === null ? {} : { lastContactedAt: ago(days) });
    const existing = await makeOpportunity(test.db, ws(), { prospectId: prospect.id, stage });
    const campaign = await makeCampaign(test.db, ws());

    const create = opportunities.create(actor, { campaignId: campaign.id, prospectId: prospect.id });

    if (outcome === 'free') await expect(create).resolves.toMatchObject({ created: true });
    else await expect(create).rejects.toMatchObject({ code: 'site_already_in_contact', facts: { existing: { opportunityId: existing.id, stage } } });
  });

  it('opens a closed card again only while no other card is open', async () => {
    const prospect = await makeProspect(test.db, ws(), { lastContactedAt: ago(10) });
    const closed = await makeOpportunity(test.db, ws(), { prospectId: prospect.id, stage: 'declined' });
    const open = await makeOpportunity(test.db, ws(), { prospectId: prospect.id, stage: 'new' });
    const reopen = () => opportunities.move(actor, closed.id, { to: 'qualified', reason: 'They wrote again.' }, '*');

    await expect(reopen()).rejects.toMatchObject({ code: 'site_already_in_contact' });
    await opportunities.move(actor, open.id, { to: 'disqualified', reason: 'Off topic.' }, '*');
    await expect(reopen()).resolves.toMatchObject({ stage: 'qualified' });
  });

  it('holds an editor of two sites for the one who came first', async () => {
    const contact = await makeContact(test.db, ws());
    const other = await makeProspect(test.db, ws());
    await test.db.query('INSERT INTO prospect_contacts (workspace_id, prospect_id, contact_id, created_at) VALUES ($1, $2, $3, $4)', [
      ...[ws(), other.id, contact.id, TEST_START],
    ]);
    const card = await makeOpportunity(test.db, ws(), { prospectId: contact.prospectId ?? '' });
    await makeEnrollment(test.db, ws(), { opportunityId: card.id, contactId: contact.id });
    const second = await makeOpportunity(test.db, ws(), { prospectId: other.id });

    const { body } = await test
      .as(test.owner.key)
      .post('/enrollments', { campaignId: second.campaignId, contactId: contact.id, opportunityId: second.id })
      .expect(409);

    expect(body).toMatchObject({ code: 'contact_already_in_contact', existing: { opportunityId: card.id } });
  });
});
