import { SequenceProgress } from '../../src/modules/outreach/planning/sequence-progress.service.js';
import { HOUR_MS } from '../../src/platform/clock.js';
import { transact } from '../../src/platform/database/transact.js';
import { makeCampaign, makeContact, makeEnrollment, makeOpportunity, makeTemplate } from '../support/factories.js';
import { type Caller, createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

let test: TestApp;
let api: Caller;

beforeAll(async () => {
  test = await createTestApp();
  api = test.as(test.owner.key);
});

afterEach(() => {
  test.clock.set(TEST_START);
});

afterAll(() => test.close());

const ws = (): string => test.owner.workspaceId;

interface Step {
  key?: string;
  templateId: string;
  kind?: string;
  delay: { value: number; unit: string };
}

async function step(text: string, value = 1, over: object = {}): Promise<Step> {
  return { templateId: (await makeTemplate(test.db, ws(), { text })).id, delay: { value, unit: 'hours' }, ...over };
}

interface Running {
  readonly id: string;
  readonly steps: Step[];
  readonly campaignId: string;
  readonly versionId: string;
}

/** A campaign that runs on a sequence of these steps. */
async function running(steps: Step[]): Promise<Running> {
  const { body } = await api.post('/sequences', { name: 'Five', steps }).expect(201);
  const campaign = await makeCampaign(test.db, ws(), { sequenceId: body.id });
  const kept = (body.steps as Step[]).map(({ key, templateId, kind, delay }) => ({ key: key ?? '', templateId, kind: kind ?? 'mail', delay }));
  return { id: body.id, steps: kept, campaignId: campaign.id, versionId: body.currentVersionId };
}

async function enrolled({ campaignId }: Running): Promise<string> {
  const card = await makeOpportunity(test.db, ws(), { campaignId });
  return (await makeEnrollment(test.db, ws(), { opportunityId: card.id })).id;
}

/** Its next mail leaves, as the sender would write it down. */
async function leave(enrollmentId: string): Promise<void> {
  const sentAt = test.clock.now();
  await test.db.query(`UPDATE messages SET state = 'sent', sent_at = $3 WHERE workspace_id = $1 AND enrollment_id = $2 AND state = 'scheduled'`, [
    ...[ws(), enrollmentId, sentAt],
  ]);
  await transact(test.db, (tx) => test.app.get(SequenceProgress).afterSent(tx, ws(), { enrollmentId, sentAt }));
}

/** So many mails of it have left; the next one is not planned yet. */
async function gone(enrollmentId: string, mails: number): Promise<void> {
  for (let mail = 0; mail < mails; mail += 1) {
    await test.db.query('UPDATE enrollments SET next_at = $3 WHERE workspace_id = $1 AND id = $2', [ws(), enrollmentId, test.clock.now()]);
    await test.run('plan');
    await leave(enrollmentId);
  }
}

const now = async (id: string): Promise<{ sequence_version_id: string; step_key: string | null; next_at: Date | null }> => {
  const [row] = await test.db.query('SELECT * FROM enrollments WHERE workspace_id = $1 AND id = $2', [ws(), id]);
  return row;
};
/** `text` is what the template says: the footer stands below. */
const mails = (
  id: string,
): Promise<{ id: string; step_key: string; state: string; state_reason: string | null; text: string; rfc_message_id: string }[]> =>
  test.db.query(
    `SELECT id, step_key, state, state_reason, split_part(text, E'\\n', 1) AS text, rfc_message_id FROM messages
      WHERE workspace_id = $1 AND enrollment_id = $2 ORDER BY id`,
    [ws(), id],
  );
const five = async (third: object = {}): Promise<Step[]> => [
  await step('One'),
  await step('Two'),
  await step('Three', 1, third),
  await step('Four'),
  await step('Five'),
];

async function changed({ id, steps }: Running, at: number, to: Step): Promise<string> {
  const next = steps.map((one, index) => (index === at ? { ...to, key: one.key ?? '' } : one));
  return (await api.patch(`/sequences/${id}`, { steps: next }, '*').expect(200)).body.currentVersionId;
}

describe('a running sequence whose third step is changed', () => {
  it('takes A at step 2 along and leaves B at step 4 as it was', async () => {
    const sequence = await running(await five());
    const [fresh, a, b] = [await enrolled(sequence), await enrolled(sequence), await enrolled(sequence)];
    await test.db.query('UPDATE enrollments SET next_at = NULL WHERE workspace_id = $1 AND campaign_id = $2', [ws(), sequence.campaignId]);
    await gone(a, 2);
    await gone(b, 4);

    const versionId = await changed(sequence, 2, await step('Three, said better'));

    expect(await now(fresh)).toMatchObject({ sequence_version_id: versionId, step_key: null });
    expect(await now(a)).toMatchObject({ sequence_version_id: versionId, step_key: 's2' });
    expect(await now(b)).toMatchObject({ sequence_version_id: sequence.versionId, step_key: 's4' });
    test.clock.advance(HOUR_MS);
    await test.run('plan');
    expect((await mails(a)).at(-1)).toMatchObject({ step_key: 's3', text: 'Three, said better' });
    expect((await mails(b)).map(({ step_key: key }) => key)).toEqual(['s1', 's2', 's3', 's4', 's5']);
  });

  it.each(['mail', 'review'])('calls off a %s of it that waits, and plans it anew under the same Message-ID', async (kind) => {
    const sequence = await running(await five({ kind }));
    const id = await enrolled(sequence);
    await gone(id, 2);
    test.clock.advance(HOUR_MS);
    await test.run('plan');
    expect((await mails(id)).at(-1)).toMatchObject({ step_key: 's3', text: 'Three', state: kind === 'mail' ? 'scheduled' : 'draft' });

    const versionId = await changed(sequence, 2, { ...(await step('Three, said better')), kind });
    expect(await now(id)).toMatchObject({ sequence_version_id: versionId, step_key: 's2' });
    await test.run('plan');

    const [old, again] = (await mails(id)).slice(2);
    expect(old).toMatchObject({ state: 'cancelled', state_reason: 'step_changed' });
    expect(again).toMatchObject({ step_key: 's3', text: 'Three, said better', rfc_message_id: old?.rfc_message_id });
    expect(await mails(id)).toHaveLength(4);
  });

  it('leaves a draft alone that somebody has rewritten', async () => {
    const sequence = await running(await five({ kind: 'review' }));
    const id = await enrolled(sequence);
    await gone(id, 2);
    test.clock.advance(HOUR_MS);
    await test.run('plan');
    const draft = (await mails(id)).at(-1);
    await api.patch(`/messages/${draft?.id ?? ''}`, { text: 'In my words' }, '*').expect(200);

    await changed(sequence, 2, { ...(await step('Three, said better')), kind: 'review' });
    await test.run('plan');

    expect((await mails(id)).at(-1)).toMatchObject({ id: draft?.id, state: 'draft', text: 'In my words' });
    expect(await now(id)).toMatchObject({ sequence_version_id: sequence.versionId, step_key: 's3' });
  });

  it('waits as long as it now says, counted from the step before', async () => {
    const sequence = await running(await five());
    const [waiting, planned] = [await enrolled(sequence), await enrolled(sequence)];
    await test.db.query('UPDATE enrollments SET next_at = NULL WHERE workspace_id = $1 AND campaign_id = $2', [ws(), sequence.campaignId]);
    await gone(planned, 2);
    test.clock.advance(HOUR_MS);
    await test.run('plan');
    await gone(waiting, 2);

    await changed(sequence, 2, await step('Three', 5));

    expect((await now(waiting)).next_at).toEqual(new Date(TEST_START.getTime() + 6 * HOUR_MS));
    expect((await now(planned)).next_at).toEqual(new Date(TEST_START.getTime() + 5 * HOUR_MS));
  });

  it('never mails a step twice, however often it is changed', async () => {
    const sequence = await running(await five());
    const id = await enrolled(sequence);
    await gone(id, 1);
    for (const text of ['Two b', 'Two c']) {
      test.clock.advance(HOUR_MS);
      await test.run('plan');
      await changed(sequence, 1, await step(text));
    }
    test.clock.advance(HOUR_MS);
    await test.run('plan');
    await leave(id);
    await changed(sequence, 1, await step('Two d'));
    test.clock.advance(24 * HOUR_MS);
    await test.run('plan');

    const sent = (await mails(id)).filter(({ state }) => state !== 'cancelled');
    expect(sent.map(({ step_key: key, text }) => [key, text])).toEqual([
      ['s1', 'One'],
      ['s2', 'Two c'],
      ['s3', 'Three'],
    ]);
  });

  it('takes along whoever is enrolled while it is changed', async () => {
    const sequence = await running(await five());
    const contacts = await Promise.all(Array.from({ length: 6 }, () => makeContact(test.db, ws())));
    const better = await step('One, said better');

    const [versionId] = await Promise.all([
      changed(sequence, 0, better),
      ...contacts.map(({ id }) => api.post('/enrollments', { campaignId: sequence.campaignId, contactId: id }).expect(201)),
    ]);

    const versions = await test.db.query('SELECT DISTINCT sequence_version_id AS id FROM enrollments WHERE workspace_id = $1 AND campaign_id = $2', [
      ...[ws(), sequence.campaignId],
    ]);
    expect(versions).toEqual([{ id: versionId }]);
  });
});
