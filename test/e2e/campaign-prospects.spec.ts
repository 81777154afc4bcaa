import { makeCampaign } from '../support/factories.js';
import { createTestApp, type Caller, type TestApp } from '../support/test-app.js';

let test: TestApp;
let as: Caller;

beforeAll(async () => {
  test = await createTestApp();
  as = test.as(test.owner.key);
});
afterAll(() => test.close());

const ws = (): string => test.owner.workspaceId;

describe('POST /campaigns/{id}/prospects', () => {
  it('takes no single word for a site unless it leads into the ranges that are open', async () => {
    const campaign = await makeCampaign(test.db, ws());

    const { body } = await as.post(`/campaigns/${campaign.id}/prospects`, { items: [{ url: 'http://nowhere-here/' }] }).expect(200);

    expect(body.results).toEqual([expect.objectContaining({ status: 422, problem: expect.objectContaining({ code: 'no_registrable_domain' }) })]);
  });

  it('makes sites, people, cards and enrollments, and names what is wrong with an item', async () => {
    const campaign = await makeCampaign(test.db, ws(), { state: 'draft' });
    const items = [
      { url: 'https://www.leaf-one.example/about', contacts: [{ email: 'ann@leaf-one.example', firstName: 'Ann' }], enroll: true },
      { url: 'https://leaf-two.example/', contacts: [{ email: 'not an address' }], enroll: true },
      { url: 'https://leaf-three.example/' },
    ];

    const { body } = await as.post(`/campaigns/${campaign.id}/prospects`, { items }).expect(200);
    const again = await as.post(`/campaigns/${campaign.id}/prospects`, { items }).expect(200);

    expect(body.results).toMatchObject([
      { index: 0, status: 201, contactIds: [expect.any(String)], enrollmentIds: [expect.any(String)] },
      { index: 1, status: 422, problem: { code: 'invalid_email' } },
      { index: 2, status: 201, contactIds: [], enrollmentIds: [] },
    ]);
    expect(again.body.results[0]).toEqual({ ...body.results[0], status: 200 });
    const sites = await test.db.query(`SELECT domain FROM prospects WHERE workspace_id = $1 AND domain LIKE 'leaf-%' ORDER BY domain`, [ws()]);
    expect(sites).toEqual([{ domain: 'leaf-one.example' }, { domain: 'leaf-three.example' }]);
    await as.post(`/campaigns/${campaign.id}/prospects`, { items: [{ url: 'https://x.example/', rank: 1 }] }).expect(400);
  });
});
