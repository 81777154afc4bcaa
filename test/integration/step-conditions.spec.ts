import { HOUR_MS } from '../../src/platform/clock.js';
import {
  makeCampaign,
  makeContact,
  makeEnrollment,
  makeMailbox,
  makeOpportunity,
  makeProspect,
  makeSequence,
  makeTemplate,
} from '../support/factories.js';
import { sendingWorld } from '../support/sending-world.js';

const world = sendingWorld();
const ws = (): string => world.workspaceId;
const REPLIED_NOT = { fact: 'replied', is: false };
const TAGGED = { fact: 'tag', is: true, values: ['tea'] };

interface Scene {
  readonly enrollmentId: string;
  readonly prospectId: string;
  readonly opportunityId: string;
}

/** Someone in a sequence whose first mail goes to the sink. */
async function sceneOf(steps: readonly object[]): Promise<Scene> {
  const { db } = world.test;
  const mailbox = await makeMailbox(db, ws(), { smtpPort: world.sink.port, gapSeconds: 0 });
  const sequence = await makeSequence(db, ws(), { steps });
  const campaign = await makeCampaign(db, ws(), { sequenceId: sequence.id, mailboxIds: [mailbox.id] });
  const { id: prospectId } = await makeProspect(db, ws());
  const contact = await makeContact(db, ws(), { prospectId, email: `ok+${prospectId}@tea-blog.example` });
  const card = await makeOpportunity(db, ws(), { campaignId: campaign.id, prospectId });
  const { id } = await makeEnrollment(db, ws(), { opportunityId: card.id, contactId: contact.id });
  return { enrollmentId: id, prospectId, opportunityId: card.id };
}

async function step(key: string, over: object = {}): Promise<object> {
  const template = await makeTemplate(world.test.db, ws(), { subject: `Subject of ${key}`, text: `Text of ${key}` });
  return { key, kind: 'mail', templateId: template.id, title: null, delay: { value: 1, unit: 'hours' }, ...over };
}

const mailsOf = ({ enrollmentId }: Scene): Promise<Record<string, unknown>[]> =>
  world.test.db.query('SELECT * FROM messages WHERE workspace_id = $1 AND enrollment_id = $2 ORDER BY id', [ws(), enrollmentId]);
const tag = ({ prospectId }: Scene, tags: string[]): Promise<unknown> =>
  world.test.db.query('UPDATE prospects SET tags = $3 WHERE workspace_id = $1 AND id = $2', [ws(), prospectId, tags]);
const api = () => world.test.as(world.test.owner.key);

async function hourLater(): Promise<void> {
  world.test.clock.advance(HOUR_MS);
  await world.test.run('plan');
  await world.test.run('send');
}

describe('a step with conditions', () => {
  it('is left out with its reason when they do not hold, and the sequence goes on', async () => {
    const task = { key: 's3', kind: 'task', templateId: null, title: 'Call', delay: { value: 1, unit: 'hours' }, conditions: [TAGGED] };
    const scene = await sceneOf([
      await step('s1'),
      await step('s2', { conditions: [TAGGED] }),
      task,
      await step('s4', { conditions: [REPLIED_NOT] }),
    ]);

    await world.test.run('plan');
    await world.test.run('send');
    for (let hour = 0; hour < 3; hour += 1) await hourLater();

    expect((await mailsOf(scene)).map((mail) => [mail['step_key'], mail['state']])).toEqual([
      ['s1', 'sent'],
      ['s4', 'sent'],
    ]);
    const { body: enrollment } = await api().get(`/enrollments/${scene.enrollmentId}`).expect(200);
    expect(enrollment).toMatchObject({
      state: 'active',
      stepKey: 's4',
      skippedSteps: [
        { stepKey: 's2', code: 'condition_false' },
        { stepKey: 's3', code: 'condition_false' },
      ],
    });
    const { body: timeline } = await api().get(`/prospects/${scene.prospectId}/timeline`).expect(200);
    const skipped = (timeline.data as { kind: string }[]).filter(({ kind }) => kind === 'step_skipped');
    expect(skipped).toMatchObject([
      { subjectType: 'enrollment', subjectId: scene.enrollmentId, what: 's3', text: 'condition_false' },
      { what: 's2' },
    ]);
    expect(await world.test.db.query('SELECT FROM tasks WHERE workspace_id = $1 AND subject_id = $2', [ws(), scene.enrollmentId])).toEqual([]);
  });

  it('is asked again before its mail is claimed', async () => {
    const scene = await sceneOf([await step('s1', { conditions: [TAGGED] }), await step('s2')]);
    await tag(scene, ['tea']);
    await world.test.run('plan');
    expect(await mailsOf(scene)).toMatchObject([{ step_key: 's1', state: 'scheduled' }]);

    await tag(scene, []);
    const [mail] = await mailsOf(scene);
    const { body: why } = await api()
      .get(`/messages/${String(mail?.['id'])}/explain`)
      .expect(200);
    expect(why.gates).toContainEqual(expect.objectContaining({ code: 'condition', open: false }));
    await world.test.run('send');

    expect(world.sink.stored).toEqual([]);
    expect(await mailsOf(scene)).toMatchObject([{ state: 'skipped', state_reason: 'condition_false' }]);
    await hourLater();
    expect((await mailsOf(scene)).map((one) => [one['step_key'], one['state'], one['subject']])).toEqual([
      ['s1', 'skipped', 'Subject of s1'],
      ['s2', 'sent', 'Subject of s2'],
    ]);
  });

  it('goes out while they hold', async () => {
    const scene = await sceneOf([await step('s1', { conditions: [{ any: [TAGGED, { fact: 'bounced', is: true }] }] })]);
    await tag(scene, ['Tea']);

    await world.test.run('plan');
    await world.test.run('send');

    expect(await mailsOf(scene)).toMatchObject([{ state: 'sent' }]);
  });

  it('ends a sequence of which nothing is left to do', async () => {
    const scene = await sceneOf([await step('s1', { conditions: [TAGGED] })]);
    await world.test.run('plan');

    for (let day = 0; day < 8; day += 1) {
      world.test.clock.advance(24 * HOUR_MS);
      await world.test.run('plan');
    }

    expect((await api().get(`/enrollments/${scene.enrollmentId}`).expect(200)).body).toMatchObject({ state: 'finished', nextAt: null });
    expect(await mailsOf(scene)).toEqual([]);
  });
});

describe('the thread of a step', () => {
  it('is the mail before it, or begins anew under its own subject', async () => {
    const scene = await sceneOf([await step('s1'), await step('s2'), await step('s3', { thread: 'new' }), await step('s4', { thread: 'reply' })]);

    await world.test.run('plan');
    await world.test.run('send');
    for (let hour = 0; hour < 3; hour += 1) await hourLater();

    const mails = await mailsOf(scene);
    expect(mails.map((mail) => mail['subject'])).toEqual(['Subject of s1', 'Re: Subject of s1', 'Subject of s3', 'Re: Subject of s3']);
    expect(mails.map((mail) => mail['in_reply_to'])).toEqual([null, mails[0]?.['rfc_message_id'], null, mails[2]?.['rfc_message_id']]);
    expect(mails[3]?.['reference_ids']).toEqual([mails[2]?.['rfc_message_id']]);
  });
});
