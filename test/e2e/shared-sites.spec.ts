import type { Scope } from '../../src/domain/permissions.js';
import { newId } from '../../src/platform/ids.js';
import {
  makeBacklink,
  makeCampaign,
  makeContact,
  makeEnrollment,
  makeMessage,
  makeOpportunity,
  makeProject,
  makeProspect,
  makeTargetPage,
} from '../support/factories.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const EARLIER = new Date('2026-10-20T08:00:00Z');
const LATER = new Date('2026-10-30T08:00:00Z');

/** One site, one editor, two projects: the member and the viewer have the first of them. */
describe('a site that two projects work with', () => {
  let t: TestApp;
  let at: string;
  let member: string;
  let manager: string;
  let viewer: string;
  let ours: string;
  let others: string;

  beforeAll(async () => {
    t = await createTestApp();
    at = t.owner.workspaceId;
    ours = (await makeProject(t.db, at)).id;
    others = (await makeProject(t.db, at)).id;
    member = await t.makeKey('member', { projectIds: [ours] });
    manager = await t.makeKey('manager', { projectIds: [ours] });
    viewer = await t.makeKey('viewer', { projectIds: [ours] });
  });

  afterAll(() => t.close());

  const cardOf = async (projectId: string, prospectId: string, stage: 'ready' | 'engaged' | 'declined' = 'engaged') => {
    const { id: campaignId } = await makeCampaign(t.db, at, { projectId });
    return makeOpportunity(t.db, at, { campaignId, projectId, prospectId, stage });
  };

  /** A mail that went to the contact, and was answered by nobody. */
  const sentMail = async (opportunityId: string, contactId: string, sentAt: Date, threadId = newId()) => {
    const enrollment = await makeEnrollment(t.db, at, { opportunityId, contactId, threadId });
    return makeMessage(t.db, at, {
      enrollmentId: enrollment.id,
      state: 'sent',
      nextAt: null,
      sentAt,
      threadId,
      subject: `Mail of ${sentAt.toISOString()}`,
    });
  };

  const sharedSite = async () => {
    const prospect = await makeProspect(t.db, at, { lastContactedAt: LATER });
    const contact = await makeContact(t.db, at, { prospectId: prospect.id, lastContactedAt: LATER });
    const [own, foreign] = [await cardOf(ours, prospect.id), await cardOf(others, prospect.id)];
    const threadId = newId();
    await sentMail(own.id, contact.id, EARLIER, threadId);
    await sentMail(foreign.id, contact.id, LATER, threadId);
    return { prospect, contact, own, foreign, threadId };
  };

  it('shows a member only what their projects wrote there, and when', async () => {
    const { prospect, contact, threadId } = await sharedSite();
    const as = t.as(member);

    const site = await as.get(`/prospects/${prospect.id}`).expect(200);
    const person = await as.get(`/contacts/${contact.id}`).expect(200);
    const sites = await as.get(`/prospects?filter[domain]=${prospect.domain}`).expect(200);
    const people = await as.get(`/prospects/${prospect.id}/contacts`).expect(200);
    const again = await as.post('/prospects', { url: prospect.url }).expect(200);
    const timeline = await as.get(`/prospects/${prospect.id}/timeline`).expect(200);
    const thread = await as.get(`/threads/${threadId}`).expect(200);

    const last = [site.body, person.body, sites.body.data[0], people.body.data[0], again.body].map((one) => one.lastContactedAt);
    expect(last).toEqual(Array(5).fill(EARLIER.toISOString()));
    expect((timeline.body.data as { text: string }[]).map(({ text }) => text)).toEqual([`Mail of ${EARLIER.toISOString()}`]);
    expect(thread.body.messages).toHaveLength(1);
    expect((await t.as(t.owner.key).get(`/prospects/${prospect.id}`)).body.lastContactedAt).toBe(LATER.toISOString());
    expect((await t.as(t.owner.key).get(`/threads/${threadId}`)).body.messages).toHaveLength(2);
  });

  it('says to a member that somebody works it, and nothing of them', async () => {
    const prospect = await makeProspect(t.db, at);
    await cardOf(others, prospect.id);
    const { id: campaignId } = await makeCampaign(t.db, at, { projectId: ours });

    const refused = await t.as(member).post('/opportunities', { campaignId, prospectId: prospect.id }).expect(409);
    const told = await t.as(t.owner.key).post('/opportunities', { campaignId, prospectId: prospect.id }).expect(409);

    expect(refused.body).toMatchObject({
      code: 'site_already_in_contact',
      existing: { opportunityId: null, stage: null, ownerId: null, lastContactedAt: null },
      actions: ['override'],
    });
    expect(told.body.existing.stage).toBe('engaged');
    await t.as(manager).post('/opportunities', { campaignId, prospectId: prospect.id, overrideReason: 'agreed with them' }).expect(201);
  });

  it('names the card to a member who sees it', async () => {
    const prospect = await makeProspect(t.db, at);
    const card = await cardOf(ours, prospect.id);
    const { id: campaignId } = await makeCampaign(t.db, at, { projectId: ours });

    const refused = await t.as(member).post('/opportunities', { campaignId, prospectId: prospect.id }).expect(409);

    expect(refused.body).toMatchObject({ existing: { opportunityId: card.id, stage: 'engaged' }, actions: ['handover', 'join', 'override'] });
  });

  it('keeps the other site of an editor from a member, whose mail it still holds back', async () => {
    const [here, there] = [await makeProspect(t.db, at), await makeProspect(t.db, at)];
    const contact = await makeContact(t.db, at, { prospectId: here.id });
    await t.db.query('INSERT INTO prospect_contacts (workspace_id, prospect_id, contact_id, created_at) VALUES ($1, $2, $3, $4)', [
      ...[at, there.id, contact.id, EARLIER],
    ]);
    await makeEnrollment(t.db, at, { opportunityId: (await cardOf(others, there.id)).id, contactId: contact.id });
    const card = await cardOf(ours, here.id, 'ready');

    const enroll = { campaignId: card.campaignId, contactId: contact.id, opportunityId: card.id };
    const refused = await t.as(member).post('/enrollments', enroll).expect(409);
    const seen = await t.as(viewer).get(`/contacts/${contact.id}`).expect(200);

    expect(refused.body).toMatchObject({ code: 'contact_already_in_contact', existing: { opportunityId: null, stage: null } });
    expect(seen.body.prospectIds).toEqual([here.id]);
  });

  it('keeps notes among the team', async () => {
    const { prospect, own } = await sharedSite();
    const note = 'INSERT INTO notes (workspace_id, id, subject_type, subject_id, text, created_at) VALUES ($1, $2, $3, $4, $5, $6)';
    await t.db.query(note, [at, newId(), 'opportunity', own.id, 'They like tea', LATER]);

    const of = async (key: string) => JSON.stringify((await t.as(key).get(`/prospects/${prospect.id}/timeline`).expect(200)).body);

    expect(await of(member)).toContain('They like tea');
    expect(await of(viewer)).not.toContain('They like tea');
  });

  it('shows a key in the timeline only what its scopes let it read', async () => {
    const { prospect } = await sharedSite();
    const linesOf = async (scopes: Scope[]) => {
      const { body } = await t
        .as(await t.makeKey(scopes))
        .get(`/prospects/${prospect.id}/timeline`)
        .expect(200);
      return (body.data as { kind: string }[]).map(({ kind }) => kind);
    };

    expect(await linesOf(['prospects:read'])).toEqual([]);
    expect(await linesOf(['prospects:read', 'messages:read'])).toEqual(['message', 'message']);
  });

  describe('a link', () => {
    const report = (key: string, sourceUrl: string, targetUrl: string) => t.as(key).post('/backlinks', { sourceUrl, targetUrl });

    it('to a page of another project is to no page at all, known or not', async () => {
      const { url } = await makeTargetPage(t.db, at, { projectId: others });
      const known = await makeBacklink(t.db, at, { projectId: others, sourceUrl: 'http://127.0.0.1:9/known', targetUrl: url });

      const answers = [await report(member, 'http://127.0.0.1:9/new', url), await report(member, known.sourceUrl, url)];

      expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
        [422, 'unknown_target'],
        [422, 'unknown_target'],
      ]);
      expect((await report(t.owner.key, known.sourceUrl, url)).body.id).toBe(known.id);
    });

    it('that another project watches to the same page is told of without its id', async () => {
      const url = `https://both.example/${newId()}`;
      for (const projectId of [ours, others]) await makeTargetPage(t.db, at, { projectId, url });
      const known = await makeBacklink(t.db, at, { projectId: others, sourceUrl: 'http://127.0.0.1:9/both', targetUrl: url });

      const answer = await report(member, known.sourceUrl, url);

      expect([answer.status, answer.body.code]).toEqual([409, 'reported_elsewhere']);
      expect(answer.text).not.toContain(known.id);
    });

    it('to a page of theirs is reported as ever, and found again', async () => {
      const { url } = await makeTargetPage(t.db, at, { projectId: ours });

      const made = await report(member, 'http://127.0.0.1:9/ours', url).expect(202);
      const again = await report(member, 'http://127.0.0.1:9/ours', url).expect(200);

      expect(made.body.projectId).toBe(ours);
      expect(again.body.id).toBe(made.body.id);
    });
  });
});
