import { ContactMerges } from '../../src/modules/privacy/contact-merges.service.js';
import { Suppressions } from '../../src/modules/suppressions/suppressions.service.js';
import { unsubscribeToken } from '../../src/platform/mail/compose/unsubscribe-token.js';
import { LinkSigner } from '../../src/platform/secrets/secret-box.js';
import { makeCampaign, makeContact, makeEnrollment, makeMessage, makeOpportunity } from '../support/factories.js';
import { everythingOf } from '../support/planted-things.js';
import { letter } from '../support/raw-mails.js';
import { type Caller, createTestApp, type TestApp } from '../support/test-app.js';
import { writtenTo } from '../support/written-to.js';

let t: TestApp;
let as: Caller;

beforeAll(async () => {
  t = await createTestApp();
  as = t.as(t.owner.key);
});
afterAll(() => t.close());

const ws = (): string => t.owner.workspaceId;
const merge = (from: string, into: string, caller = as) => caller.post(`/contacts/${from}/merge`, { intoContactId: into });
const pair = async () => [await makeContact(t.db, ws()), await makeContact(t.db, ws())] as const;
const stopped = (emailKey: string, projectId?: string) => t.app.get(Suppressions).find(t.db, ws(), { emailKey, ...(projectId && { projectId }) });
const enrollmentAt = async (contactId: string) => {
  const card = await makeOpportunity(t.db, ws());
  return makeEnrollment(t.db, ws(), { opportunityId: card.id, contactId });
};

describe('the merge of two contacts', () => {
  it('unites their mails, enrollments, notes, tasks and sites, and fills what was not known', async () => {
    const story = await writtenTo(t, t.owner);
    const from = story.contact;
    const into = await makeContact(t.db, ws(), { firstName: null as unknown as string });
    await as.post('/notes', { contactId: from.id, text: 'Likes tea' }).expect(201);
    await as.post('/tasks', { contactId: from.id, title: 'Call' }).expect(201);

    await merge(from.id, into.id).expect(200);

    const stands = async (path: string): Promise<number> => ((await as.get(path).expect(200)).body.data as unknown[]).length;
    expect(await stands(`/messages?filter[contactId]=${into.id}`)).toBe(1);
    expect(await stands(`/enrollments?filter[contactId]=${into.id}`)).toBe(1);
    expect(await stands(`/notes?filter[subjectId]=${into.id}`)).toBe(1);
    expect(await stands(`/tasks?filter[subjectId]=${into.id}`)).toBe(1);
    const kept = (await as.get(`/contacts/${into.id}`).expect(200)).body;
    expect(kept).toMatchObject({ firstName: 'Ada', mergedIntoId: null });
    expect(kept.prospectIds).toEqual(expect.arrayContaining([from.prospectId, into.prospectId]));
  });

  it('lets the old id, the old address and what is written from it lead to the one who stays', async () => {
    const { contact: from, message, take } = await writtenTo(t, t.owner);
    const into = await makeContact(t.db, ws());
    await merge(from.id, into.id).expect(200);

    expect((await as.get(`/contacts/${from.id}`).expect(200)).body.mergedIntoId).toBe(into.id);
    const found = (await as.get(`/contacts?filter[email]=${from.email}`).expect(200)).body.data as { id: string }[];
    expect(found.map(({ id }) => id)).toEqual([into.id]);
    const again = await as.post(`/prospects/${into.prospectId}/contacts`, { email: from.email }).expect(200);
    expect(again.body.id).toBe(into.id);
    await take(letter({ from: from.email, subject: 'Something new' }));
    await take(letter({ from: from.email, inReplyTo: message.rfcMessageId }));
    const answers = (await as.get(`/messages?filter[contactId]=${into.id}&filter[direction]=in`).expect(200)).body.data as unknown[];
    expect(answers).toHaveLength(2);
  });

  it('lets the one who went not be changed or enrolled any more', async () => {
    const [from, into] = await pair();
    await merge(from.id, into.id).expect(200);
    const campaign = await makeCampaign(t.db, ws());
    const card = await makeOpportunity(t.db, ws(), { campaignId: campaign.id, prospectId: into.prospectId ?? '' });

    for (const answer of [
      await as.patch(`/contacts/${from.id}`, { role: 'editor' }, '*'),
      await as.post(`/contacts/${from.id}/consent-override`, { reason: 'x' }),
      await as.post('/enrollments', { campaignId: campaign.id, contactId: from.id, opportunityId: card.id }),
      await merge(from.id, (await makeContact(t.db, ws())).id),
      await merge((await makeContact(t.db, ws())).id, from.id),
    ])
      expect([answer.status, answer.body.code, answer.body.mergedIntoId]).toEqual([409, 'contact_merged', into.id]);
  });

  it.each<['from' | 'into']>([['from'], ['into']])('keeps the wish of the one side to be left alone for both: %s', async (side) => {
    const [from, into] = await pair();
    const enrollment = await enrollmentAt(side === 'from' ? into.id : from.id);
    const { email } = side === 'from' ? from : into;
    await as.post('/suppressions', { kind: 'address', value: email, reason: 'asked' }).expect(201);

    await merge(from.id, into.id).expect(200);

    expect(await stopped(from.email)).toMatchObject({ source: 'person' });
    expect(await stopped(into.email)).toMatchObject({ source: 'person' });
    expect((await as.get(`/enrollments/${enrollment.id}`).expect(200)).body).toMatchObject({ state: 'unsubscribed', contactId: into.id });
  });

  it('carries stops of one project, and neither bounces nor what has run out', async () => {
    const [from, into] = await pair();
    const { projectId } = await makeCampaign(t.db, ws());
    await as.post('/suppressions', { kind: 'address', value: from.email, reason: 'asked', projectId }).expect(201);
    await t.db.query(
      `INSERT INTO suppressions (workspace_id, id, kind, value, reason, source, created_at) VALUES ($1, gen_random_uuid(), 'address', $2, 'bounced', 'bounce', now())`,
      [ws(), from.email],
    );

    await merge(from.id, into.id).expect(200);

    expect(await stopped(into.email)).toBeUndefined();
    expect(await stopped(into.email, projectId)).toMatchObject({ reason: 'asked' });
  });

  it('takes an opt-out by the old link or the old address for all addresses', async () => {
    const [byLink, byHand] = [await pair(), await pair()];
    for (const [from, into] of [byLink, byHand]) await merge(from.id, into.id).expect(200);
    const running = await enrollmentAt(byHand[1].id);

    await t
      .request()
      .post(`/u/${unsubscribeToken(t.app.get(LinkSigner), { workspaceId: ws(), contactId: byLink[0].id })}`)
      .expect(200);
    await as.post('/suppressions', { kind: 'address', value: byHand[0].email, reason: 'asked' }).expect(201);

    expect(await stopped(byLink[1].email)).toMatchObject({ source: 'one_click' });
    expect(await stopped(byHand[1].email)).toMatchObject({ source: 'person' });
    expect((await as.get(`/enrollments/${running.id}`).expect(200)).body.state).toBe('unsubscribed');
  });

  it('never leaves one person in two sequences: it names what to stop first, and does nothing by halves', async () => {
    const [from, into] = await pair();
    const mine = await enrollmentAt(from.id);
    await enrollmentAt(into.id);
    await makeMessage(t.db, ws(), { contactId: from.id, state: 'draft' });
    const before = await everythingOf(t, ws());

    const refused = await merge(from.id, into.id).expect(409);

    expect(refused.body).toMatchObject({ code: 'both_in_sequence', enrollmentIds: [mine.id] });
    expect(await everythingOf(t, ws())).toEqual(before);
    await as.post(`/enrollments/${mine.id}/moves`, { to: 'stopped' }).set('if-match', '*').expect(200);
    await merge(from.id, into.id).expect(200);
  });

  it('takes the weaker basis in law where both have one', async () => {
    const [from, into] = await pair();
    await as.patch(`/contacts/${from.id}`, { lawfulBasis: 'legitimate_interest' }, '*').expect(200);
    await as.patch(`/contacts/${into.id}`, { lawfulBasis: 'consent' }, '*').expect(200);

    await merge(from.id, into.id).expect(200);

    expect((await as.get(`/contacts/${into.id}`).expect(200)).body.lawfulBasis).toBe('legitimate_interest');
  });

  it('is done once: again it changes nothing, and of two the other way round one wins', async () => {
    const [from, into] = await pair();
    await merge(from.id, into.id).expect(200);
    const before = await everythingOf(t, ws());
    await merge(from.id, into.id).expect(200);
    expect(await everythingOf(t, ws())).toEqual(before);

    for (let round = 0; round < 5; round += 1) {
      const [one, two] = await pair();
      const merges = t.app.get(ContactMerges);
      const results = await Promise.allSettled([merges.merge(t.owner.actor, one.id, two.id), merges.merge(t.owner.actor, two.id, one.id)]);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });

  it('is refused for the same contact, an erased one, another workspace, and who sees some projects only', async () => {
    const [from, into] = await pair();
    const other = await t.makeWorkspace();
    const theirs = await makeContact(t.db, other.workspaceId);
    const bordered = t.as(await t.makeKey('manager', { projectIds: [] }));

    expect((await merge(from.id, from.id).expect(422)).body.code).toBe('same_contact');
    expect((await merge(from.id, theirs.id).expect(404)).body.errors).toMatchObject([{ pointer: '/intoContactId' }]);
    await merge(theirs.id, into.id).expect(404);
    expect((await merge(from.id, into.id, bordered).expect(403)).body.code).toBe('outside_border');
    await merge(from.id, into.id, t.as(await t.makeKey('viewer'))).expect(403);
    await as.post(`/contacts/${from.id}/erase`, { reason: 'asked' }).expect(200);
    expect((await merge(from.id, into.id).expect(409)).body.code).toBe('contact_erased');
  });
});
