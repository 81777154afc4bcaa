import { HOUR_MS } from '../../src/platform/clock.js';
import { newId } from '../../src/platform/ids.js';
import { makeCampaign, makeContact, makeEnrollment, makeOpportunity, makeTemplate } from '../support/factories.js';
import { type Caller, createTestApp, type TestApp, type TestOwner } from '../support/test-app.js';

const AT_ONCE = { value: 0, unit: 'minutes' };

describe('variants of a step', () => {
  let test: TestApp;
  let api: Caller;
  let stranger: TestOwner;
  let templateIds: string[];

  beforeAll(async () => {
    test = await createTestApp();
    api = test.as(test.owner.key);
    stranger = await test.makeWorkspace();
    templateIds = [];
    for (const text of ['Text a', 'Text b', 'Text c']) templateIds.push((await makeTemplate(test.db, ws(), { text })).id);
  });

  afterAll(() => test.close());

  const ws = (): string => test.owner.workspaceId;
  const two = (over: object[] = [{}, {}]) => over.map((one, at) => ({ templateId: templateIds[at], ...one }));
  const make = async (variants: object[] = two()) =>
    (await api.post('/sequences', { name: 'Tried', steps: [{ delay: AT_ONCE, variants }] }).expect(201)).body;
  const report = async (id: string) => (await api.get(`/sequences/${id}/variants`).expect(200)).body;

  it('get letters that stay theirs, and no new one gets a letter that was given', async () => {
    const made = await make(two([{}, { weight: 3 }]));
    const { id, steps } = made;
    expect(steps[0]).toMatchObject({
      templateId: templateIds[0],
      variants: [
        { key: 'a', templateId: templateIds[0], weight: 1 },
        { key: 'b', templateId: templateIds[1], weight: 3 },
      ],
    });

    const without = [{ key: 's1', delay: AT_ONCE, variants: [{ key: 'a', templateId: templateIds[0] }, { templateId: templateIds[2] }] }];
    const second = await api.patch(`/sequences/${id}`, { steps: without }, '*').expect(200);
    expect(second.body.steps[0].variants).toMatchObject([{ key: 'a' }, { key: 'c' }]);
  });

  it.each([
    ['a task', { kind: 'task', title: 'Call', variants: [0, 1] }, '/steps/0/variants'],
    ['a template that is not the first one’s', { templateId: 1, variants: [0, 1] }, '/steps/0/templateId'],
    ['no weight at all', { variants: [0, 1], weight: 0 }, '/steps/0/variants'],
    ['a letter of nobody', { variants: [0, 1], key: 'q' }, '/steps/0/variants/1/key'],
  ])('are refused with %s', async (_, { variants, weight, key, templateId, ...step }: Record<string, unknown>, pointer) => {
    const list = (variants as number[]).map((at) => ({
      templateId: templateIds[at],
      ...(weight !== undefined && { weight }),
      ...(key !== undefined && at === 1 && { key }),
    }));
    const body = { delay: AT_ONCE, ...step, ...(templateId !== undefined && { templateId: templateIds[templateId as number] }), variants: list };

    const answer = await api.post('/sequences', { name: 'Bad', steps: [body] }).expect(422);

    expect(answer.body).toMatchObject({ code: 'invalid_variants', errors: [{ pointer }] });
  });

  it('are refused with one letter for two', async () => {
    const { id } = await make();
    const variants = two([{ key: 'a' }, { key: 'a' }]);

    const { body } = await api.patch(`/sequences/${id}`, { steps: [{ key: 's1', delay: AT_ONCE, variants }] }, '*').expect(422);

    expect(body).toMatchObject({ code: 'invalid_variants', errors: [{ pointer: '/steps/0/variants/1/key' }] });
  });

  it('ask for two to five, and for templates that are there', async () => {
    await api.post('/sequences', { name: 'Bad', steps: [{ delay: AT_ONCE, variants: two().slice(1) }] }).expect(400);
    const theirs = (await makeTemplate(test.db, stranger.workspaceId)).id;
    for (const templateId of [newId(), theirs]) {
      const { body } = await api.post('/sequences', { name: 'Bad', steps: [{ delay: AT_ONCE, variants: two([{}, { templateId }]) }] }).expect(404);
      expect(body.errors[0].pointer).toBe('/steps/0/variants/1/templateId');
    }
  });

  it('are shared among contacts, each of whom gets the same text in every version', async () => {
    const { id } = await make();
    const campaign = await makeCampaign(test.db, ws(), { sequenceId: id });
    const contacts: string[] = [];
    for (let at = 0; at < 16; at += 1) {
      const card = await makeOpportunity(test.db, ws(), { campaignId: campaign.id });
      const contact = await makeContact(test.db, ws(), { prospectId: card.prospectId });
      await makeEnrollment(test.db, ws(), { opportunityId: card.id, contactId: contact.id });
      contacts.push(contact.id);
    }
    const given = async (): Promise<Record<string, string>> => {
      const { body } = await api.get(`/messages?filter[campaignId]=${campaign.id}&filter[state]=scheduled&limit=100`).expect(200);
      return Object.fromEntries((body.data as { contactId: string; variantKey: string }[]).map((mail) => [mail.contactId, mail.variantKey]));
    };

    await test.run('plan');
    const first = await given();
    expect(new Set(Object.values(first))).toEqual(new Set(['a', 'b']));
    expect(Object.keys(first).sort()).toEqual([...contacts].sort());

    // the delay changed: every mail that waits is planned anew
    const steps = [{ key: 's1', delay: { value: 1, unit: 'minutes' }, variants: two([{ key: 'a' }, { key: 'b' }]) }];
    await api.patch(`/sequences/${id}`, { steps }, '*').expect(200);
    expect(await given()).toEqual({});
    test.clock.advance(HOUR_MS);
    await test.run('plan');
    expect(await given()).toEqual(first);
  });

  it('are reported with bounds, and with no verdict before enough mails have left', async () => {
    const { id } = await make();
    const campaign = await makeCampaign(test.db, ws(), { sequenceId: id });
    await sentMails(campaign.id, { a: [60, 3], b: [49, 25] });

    const early = await report(id);
    await sentMails(campaign.id, { b: [11, 6] });
    const { body: late } = await api.get(`/sequences/${id}/variants`).expect(200);

    const figures = [
      { key: 'a', templateId: templateIds[0], weight: 1, sent: 60, replied: 3, positive: 0, rate: 0.05 },
      { key: 'b', templateId: templateIds[1], weight: 1, sent: 60, replied: 31, positive: 0 },
    ];
    expect(early).toMatchObject({ minimum: 50, steps: [{ stepKey: 's1', verdict: 'not_enough', winner: null }] });
    expect(late.steps[0]).toMatchObject({ verdict: 'winner', winner: 'b' });
    expect(late.steps[0].variants).toMatchObject(figures);
    expect(late.steps[0].variants[0].low).toBeCloseTo(0.0171, 3);
    expect(late.steps[0].variants[0].high).toBeCloseTo(0.137, 3);
  });

  it('have no figures while nothing was sent, nor outside of the projects that somebody sees', async () => {
    const { id } = await make();
    const campaign = await makeCampaign(test.db, ws(), { sequenceId: id });
    await sentMails(campaign.id, { a: [2, 1] });
    const elsewhere = (await makeCampaign(test.db, ws())).projectId;
    const key = await test.makeKey('member', { projectIds: [elsewhere] });

    expect((await report(id)).steps[0]).toMatchObject({
      verdict: 'not_enough',
      winner: null,
      variants: [
        { sent: 2, replied: 1 },
        { sent: 0, rate: null, low: null },
      ],
    });
    const { body } = await test.as(key).get(`/sequences/${id}/variants`).expect(200);
    expect(body.steps[0].variants).toMatchObject([{ sent: 0 }, { sent: 0 }]);
    await test.as(stranger.key).get(`/sequences/${id}/variants`).expect(404);
  });

  describe('that have lost', () => {
    const enroll = async (campaignId: string, count: number): Promise<string[]> => {
      const contacts: string[] = [];
      for (let at = 0; at < count; at += 1) {
        const card = await makeOpportunity(test.db, ws(), { campaignId });
        const contact = await makeContact(test.db, ws(), { prospectId: card.prospectId });
        await makeEnrollment(test.db, ws(), { opportunityId: card.id, contactId: contact.id, createdAt: test.clock.now() });
        contacts.push(contact.id);
      }
      return contacts;
    };
    const keysOf = async (campaignId: string, contacts: readonly string[]): Promise<Set<string>> => {
      await test.run('plan');
      const { body } = await api.get(`/messages?filter[campaignId]=${campaignId}&filter[state]=scheduled&limit=100`).expect(200);
      const mails = (body.data as { contactId: string; variantKey: string }[]).filter(({ contactId }) => contacts.includes(contactId));
      expect(mails).toHaveLength(contacts.length);
      return new Set(mails.map(({ variantKey }) => variantKey));
    };
    const look = async (): Promise<void> => {
      test.clock.advance(2 * HOUR_MS);
      await test.run('variants');
    };
    const retiredOf = async (id: string) =>
      Object.fromEntries(
        ((await report(id)).steps[0].variants as { key: string; retiredAt: string | null }[]).map(({ key, retiredAt }) => [key, retiredAt]),
      );
    const auditOf = async (id: string) =>
      (await api.get(`/audit-log?filter[subjectId]=${id}&filter[action]=sequence.variant_retired`).expect(200)).body.data as object[];

    it('go to nobody who is enrolled later, while those before keep theirs, and the audit log tells why', async () => {
      const { id } = await make();
      expect((await api.patch(`/sequences/${id}`, { retireLosers: true }, '*').expect(200)).body.retireLosers).toBe(true);
      const campaign = await makeCampaign(test.db, ws(), { sequenceId: id });
      await sentMails(campaign.id, { a: [60, 3], b: [60, 31] });
      const before = await enroll(campaign.id, 16);

      await look();
      const at = test.clock.now().toISOString();
      await look();

      expect(await retiredOf(id)).toEqual({ a: at, b: null });
      expect(await auditOf(id)).toMatchObject([{ via: 'system', details: { stepKey: 's1', variantKey: 'a', lostTo: 'b', sent: 60, replied: 3 } }]);
      expect(await keysOf(campaign.id, before)).toEqual(new Set(['a', 'b']));
      expect(await keysOf(campaign.id, await enroll(campaign.id, 16))).toEqual(new Set(['b']));
    });

    it('stay in the draw unless the sequence asks for it, and come back when it does no longer', async () => {
      const { id, retireLosers } = await make();
      const campaign = await makeCampaign(test.db, ws(), { sequenceId: id });
      await sentMails(campaign.id, { a: [60, 3], b: [60, 31] });

      await look();
      expect([retireLosers, await retiredOf(id)]).toEqual([false, { a: null, b: null }]);

      await api.patch(`/sequences/${id}`, { retireLosers: true }, '*').expect(200);
      await look();
      expect(await retiredOf(id)).toEqual({ a: expect.any(String), b: null });
      await api.patch(`/sequences/${id}`, { retireLosers: false }, '*').expect(200);
      expect(await retiredOf(id)).toEqual({ a: null, b: null });
      expect(await keysOf(campaign.id, await enroll(campaign.id, 16))).toEqual(new Set(['a', 'b']));
    });

    it('are those of a clear difference alone, and in their own workspace', async () => {
      const { body: made } = await api
        .post('/sequences', { name: 'Tried', retireLosers: true, steps: [{ delay: AT_ONCE, variants: two() }] })
        .expect(201);
      const campaign = await makeCampaign(test.db, ws(), { sequenceId: made.id });
      await sentMails(campaign.id, { a: [60, 8], b: [60, 12] });

      await Promise.all([look(), look()]);

      expect(await retiredOf(made.id)).toEqual({ a: null, b: null });
      expect(await auditOf(made.id)).toEqual([]);
      expect(await test.db.query('SELECT FROM variant_retirements WHERE workspace_id = $1', [stranger.workspaceId])).toEqual([]);
      await api.patch(`/sequences/${made.id}`, { retireLosers: null }, '*').expect(400);
    });
  });

  /** So many mails of each variant, of which so many were answered. */
  async function sentMails(campaignId: string, of: Record<string, [sent: number, replied: number]>): Promise<void> {
    const { enrollmentId } = await scene(campaignId);
    for (const [key, [sent, replied]] of Object.entries(of)) {
      for (let at = 0; at < sent; at += 1) {
        const id = newId();
        await test.db.query(
          `INSERT INTO messages (workspace_id, id, direction, source, state, state_changed_at, campaign_id, enrollment_id, step_key, variant_key, mailbox_id,
                                 from_address, to_address, sent_at, created_at)
           SELECT $1, $2, 'out', 'sequence', 'sent', now(), $3, $4, 's1', $5, cm.mailbox_id, 'a@shop.example', 'b@leaf.example', now(), now()
             FROM campaign_mailboxes cm WHERE cm.workspace_id = $1 AND cm.campaign_id = $3`,
          [ws(), id, campaignId, enrollmentId, key],
        );
        if (at >= replied) continue;
        await test.db.query(`INSERT INTO message_facts (workspace_id, message_id, fact, event_id, at) VALUES ($1, $2, 'replied', $3, now())`, [
          ...[ws(), id, newId()],
        ]);
      }
    }
  }

  async function scene(campaignId: string): Promise<{ enrollmentId: string }> {
    const card = await makeOpportunity(test.db, ws(), { campaignId });
    return { enrollmentId: (await makeEnrollment(test.db, ws(), { opportunityId: card.id, nextAt: null })).id };
  }
});
