import { bounce, complaint } from '../support/raw-mails.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { countOf, standing, UNMOVED, writtenTo, type WrittenTo } from '../support/written-to.js';

let t: TestApp;

beforeAll(async () => {
  t = await createTestApp();
});
afterAll(async () => {
  await t.close();
});

describe('a report', () => {
  const failed = (address: string) => ({ address, status: '5.1.1', diagnostic: '550 user unknown' });

  it.each([
    [
      'by the id of the returned mail',
      'dsn_message_id',
      (w: WrittenTo) => bounce({ recipients: [failed('alias@x.example')], messageId: w.message.rfcMessageId }),
    ],
    ['by its recipient', 'dsn_recipient', (w: WrittenTo) => bounce({ recipients: [failed(w.contact.email)] })],
    [
      'in the name of our own address',
      'dsn_message_id',
      (w: WrittenTo) => bounce({ recipients: [failed(w.contact.email)], messageId: w.message.rfcMessageId, from: w.mailbox.fromAddress }),
    ],
  ] as const)('of a hard bounce, found %s, gives up the address', async (_, matchMethod, raw) => {
    const world = await writtenTo(t, t.owner);

    const found = await world.take(raw(world));

    expect(found).toMatchObject({ class: 'bounce_hard', matchMethod, answersId: world.message.id });
    expect(await standing(t.db, world)).toEqual({
      ...{ stage: 'disqualified', enrollment: 'bounced', message: 'sent', suppressed: 'bounce', undeliverable: true, facts: ['bounced_hard'] },
    });
  });

  it('of two recipients is two judgements', async () => {
    const owner = await t.makeWorkspace();
    const [gone, full] = [await writtenTo(t, owner), await writtenTo(t, owner)];

    await gone.take(
      bounce({ recipients: [failed(gone.contact.email), { address: full.contact.email, status: '5.2.2', diagnostic: 'mailbox full' }] }),
    );

    expect(await standing(t.db, gone)).toMatchObject({ enrollment: 'bounced', facts: ['bounced_hard'] });
    expect(await standing(t.db, full)).toEqual({ ...UNMOVED, facts: ['bounced_soft'] });
  });

  it('of a failure for one does not blame the other, whose mail arrived', async () => {
    const owner = await t.makeWorkspace();
    const [fine, gone] = [await writtenTo(t, owner), await writtenTo(t, owner)];

    await fine.take(bounce({ recipients: [{ address: fine.contact.email, action: 'delivered', status: '2.0.0' }, failed(gone.contact.email)] }));

    expect(await standing(t.db, fine)).toEqual(UNMOVED);
    expect(await standing(t.db, gone)).toMatchObject({ enrollment: 'bounced', facts: ['bounced_hard'] });
  });

  it.each([
    ['a soft bounce', { status: '4.2.2', diagnostic: '452 mailbox full' }, 'bounce_soft', ['bounced_soft']],
    ['a delay', { action: 'delayed', status: '4.4.1' }, 'delayed', ['delayed']],
    ['a block of the sender', { status: '5.7.1', diagnostic: '550 blocked by policy' }, 'policy_block', []],
  ] as const)('of %s spares the contact', async (_, recipient, found, facts) => {
    const world = await writtenTo(t, t.owner);

    const answer = await world.take(bounce({ recipients: [{ address: world.contact.email, ...recipient }], messageId: world.message.rfcMessageId }));

    expect(answer).toMatchObject({ class: found, matchMethod: 'dsn_message_id' });
    expect(await standing(t.db, world)).toEqual({ ...UNMOVED, facts: [...facts] });
  });

  it('of a block leaves one task about the mailbox, however many come', async () => {
    const world = await writtenTo(t, t.owner);
    const blocked = { address: world.contact.email, status: '5.7.1', diagnostic: '550 blocked by policy' };

    for (let count = 0; count < 2; count += 1) await world.take(bounce({ recipients: [blocked], messageId: world.message.rfcMessageId }));

    const tasks = await t.db.query<object[]>('SELECT kind, subject_type AS type FROM tasks WHERE workspace_id = $1 AND subject_id = $2', [
      t.owner.workspaceId,
      world.mailbox.id,
    ]);
    expect(tasks).toEqual([{ kind: 'policy_block', type: 'mailbox' }]);
  });

  it.each([
    ['by the id of the mail', (w: WrittenTo) => complaint({ messageId: w.message.rfcMessageId })],
    ['by the recipient', (w: WrittenTo) => complaint({ recipient: w.contact.email })],
  ])('of a complaint, found %s, is the last mail to that person', async (_, raw) => {
    const owner = await t.makeWorkspace();
    const world = await writtenTo(t, owner);

    const found = await world.take(raw(world));

    expect(found).toMatchObject({ class: 'complaint', answersId: world.message.id });
    expect(await standing(t.db, world)).toEqual({
      ...{ ...UNMOVED, stage: 'do_not_contact', enrollment: 'unsubscribed', suppressed: 'complaint', facts: ['complained'] },
    });
    expect(await countOf(t.db, 'events', owner.workspaceId, `type = 'message.complained'`)).toBe(1);
  });
});
