import { createHash } from 'node:crypto';
import { InboundMails } from '../../src/modules/inbox/inbound-mails.service.js';
import type { InboundRow } from '../../src/modules/inbox/inbox.queries.js';
import { newId } from '../../src/platform/ids.js';
import { makeContact, makeEnrollment, makeMailbox, makeMessage, makeOpportunity } from '../support/factories.js';
import { bounce, complaint, letter } from '../support/raw-mails.js';
import { createTestApp, type TestApp, type TestOwner } from '../support/test-app.js';

let t: TestApp;

beforeAll(async () => {
  t = await createTestApp();
});
afterAll(async () => {
  await t.close();
});

/** A contact that was written to: card contacting, enrollment active, its first mail sent. */
async function writtenTo(owner: TestOwner, { state = 'sent' as const, stage = 'contacting' as const } = {}) {
  const { workspaceId } = owner;
  const opportunity = await makeOpportunity(t.db, workspaceId, { stage });
  const contact = await makeContact(t.db, workspaceId, { prospectId: opportunity.prospectId });
  const enrollment = await makeEnrollment(t.db, workspaceId, { opportunityId: opportunity.id, contactId: contact.id, nextAt: null });
  const mailbox = await makeMailbox(t.db, workspaceId);
  const message = await makeMessage(t.db, workspaceId, {
    ...{ enrollmentId: enrollment.id, mailboxId: mailbox.id, toAddress: contact.email },
    ...{ state, sentAt: t.clock.now(), nextAt: null },
  });
  const take = (raw: Buffer): Promise<InboundRow> => t.app.get(InboundMails).receive(owner.actor, mailbox.id, raw);
  return { owner, opportunity, contact, enrollment, mailbox, message, take };
}
type World = Awaited<ReturnType<typeof writtenTo>>;

async function one<Row>(sql: string, values: readonly unknown[]): Promise<Row> {
  const [row] = await t.db.query<Row[]>(sql, [...values]);
  if (row === undefined) throw new Error('no such row');
  return row;
}

/** Where everything stands: the states, the facts of the mail, and whether the address is suppressed. */
async function standing({ owner: { workspaceId }, opportunity, enrollment, message, contact }: World) {
  const facts = await t.db.query<{ fact: string }[]>('SELECT fact FROM message_facts WHERE workspace_id = $1 AND message_id = $2 ORDER BY fact', [
    workspaceId,
    message.id,
  ]);
  const states = await one<object>(
    `SELECT (SELECT stage FROM opportunities WHERE workspace_id = $1 AND id = $2) AS stage,
            (SELECT state FROM enrollments WHERE workspace_id = $1 AND id = $3) AS enrollment,
            (SELECT state FROM messages WHERE workspace_id = $1 AND id = $4) AS message,
            (SELECT source FROM suppressions WHERE workspace_id = $1 AND value = $5) AS suppressed,
            (SELECT undeliverable_at IS NOT NULL FROM contacts WHERE workspace_id = $1 AND id = $6) AS undeliverable`,
    [workspaceId, opportunity.id, enrollment.id, message.id, contact.email, contact.id],
  );
  return { ...states, facts: facts.map(({ fact }) => fact) };
}

const UNMOVED = { stage: 'contacting', enrollment: 'active', message: 'sent', suppressed: null, undeliverable: false, facts: [] };
const ANSWERED = { ...UNMOVED, stage: 'engaged', enrollment: 'replied', facts: ['replied'] };

async function countOf(table: 'inbound_mails' | 'messages' | 'events', workspaceId: string, where: string): Promise<number> {
  return (await one<{ count: number }>(`SELECT count(*)::int AS count FROM ${table} WHERE workspace_id = $1 AND ${where}`, [workspaceId])).count;
}

describe('an answer', () => {
  it.each([
    ['by In-Reply-To', 'in_reply_to', (w: World) => letter({ from: w.contact.email, inReplyTo: w.message.rfcMessageId })],
    ['with another subject', 'in_reply_to', (w: World) => letter({ from: w.contact.email, subject: 'Budget', inReplyTo: w.message.rfcMessageId })],
    [
      'by References alone, the nearest id unknown',
      'references',
      (w: World) => letter({ from: w.contact.email, references: ['first@x.example', w.message.rfcMessageId, 'theirs@y.example'] }),
    ],
    [
      'with an id that a provider rewrote',
      'contact',
      (w: World) => letter({ from: `Ed <${w.contact.email.toUpperCase()}>`, inReplyTo: '0100018f-rewritten@eu.provider.example' }),
    ],
    ['from another address of the site', 'in_reply_to', (w: World) => letter({ from: 'boss@tea-blog.example', inReplyTo: w.message.rfcMessageId })],
  ] as const)('%s ends the sequence', async (_, matchMethod, raw) => {
    const world = await writtenTo(t.owner);

    const found = await world.take(raw(world));

    expect(found).toMatchObject({ class: 'human', matchMethod, answersId: world.message.id });
    expect(await standing(world)).toEqual(ANSWERED);
  });

  it('is a new mail of theirs when only the sender is known', async () => {
    const world = await writtenTo(t.owner);

    const found = await world.take(letter({ from: world.contact.email, subject: 'Something else' }));

    expect(found).toMatchObject({ class: 'human', matchMethod: 'contact', answersId: null });
    expect(await standing(world)).toEqual({ ...ANSWERED, facts: [] });
  });

  it('stands in the thread of the mail it answers', async () => {
    const world = await writtenTo(t.owner);

    const { id } = await world.take(letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId, text: 'How much?' }));

    const row = await one<object>(
      `SELECT direction, state, class, thread_id AS "threadId", contact_id AS "contactId", enrollment_id AS "enrollmentId",
              opportunity_id AS "opportunityId", text FROM messages WHERE workspace_id = $1 AND raw_id = $2`,
      [t.owner.workspaceId, id],
    );
    expect(row).toEqual({
      ...{ direction: 'in', state: 'received', class: 'human', threadId: world.message.threadId, contactId: world.contact.id },
      ...{ enrollmentId: world.enrollment.id, opportunityId: world.opportunity.id, text: 'How much?\n' },
    });
  });

  it('proves that a mail of unknown fate has left', async () => {
    const world = await writtenTo(t.owner, { state: 'delivery_unknown' as 'sent' });

    await world.take(letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId }));

    expect(await standing(world)).toEqual(ANSWERED);
  });

  it('stops the colleagues of its writer too, unless the workspace wants otherwise', async () => {
    const [strict, loose] = [await t.makeWorkspace(), await t.makeWorkspace()];
    await t.db.query('UPDATE workspaces SET reply_stops_site = false WHERE id = $1', [loose.workspaceId]);

    const ended = await Promise.all(
      [strict, loose].map(async (owner) => {
        const world = await writtenTo(owner);
        const colleague = await makeEnrollment(t.db, owner.workspaceId, { opportunityId: world.opportunity.id });
        await world.take(letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId }));
        return one<{ state: string }>('SELECT state FROM enrollments WHERE workspace_id = $1 AND id = $2', [owner.workspaceId, colleague.id]);
      }),
    );

    expect(ended).toEqual([{ state: 'replied' }, { state: 'active' }]);
  });

  it('posted five times at once is one mail, one event, one move', async () => {
    const owner = await t.makeWorkspace();
    const world = await writtenTo(owner);
    const raw = letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId });

    const found = await Promise.all(Array.from({ length: 5 }, () => world.take(raw)));
    const again = await world.take(raw);

    expect(new Set([...found, again].map(({ id }) => id)).size).toBe(1);
    expect(again).toMatchObject({ class: 'human', matchMethod: 'in_reply_to', answersId: world.message.id });
    expect(await countOf('inbound_mails', owner.workspaceId, 'true')).toBe(1);
    expect(await countOf('messages', owner.workspaceId, `direction = 'in'`)).toBe(1);
    expect(await countOf('events', owner.workspaceId, `type = 'reply.received'`)).toBe(1);
    expect(await standing(world)).toEqual(ANSWERED);
  });

  it('to a mail of another workspace is not matched', async () => {
    const world = await writtenTo(t.owner);
    const other = await writtenTo(await t.makeWorkspace());

    const found = await other.take(letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId }));

    expect(found).toMatchObject({ class: 'human', matchMethod: 'none', answersId: null });
    expect(await standing(world)).toEqual(UNMOVED);
    expect(await standing(other)).toEqual(UNMOVED);
  });
});

describe('a report', () => {
  const failed = (address: string) => ({ address, status: '5.1.1', diagnostic: '550 user unknown' });

  it.each([
    [
      'by the id of the returned mail',
      'dsn_message_id',
      (w: World) => bounce({ recipients: [failed('alias@x.example')], messageId: w.message.rfcMessageId }),
    ],
    ['by its recipient', 'dsn_recipient', (w: World) => bounce({ recipients: [failed(w.contact.email)] })],
    [
      'in the name of our own address',
      'dsn_message_id',
      (w: World) => bounce({ recipients: [failed(w.contact.email)], messageId: w.message.rfcMessageId, from: w.mailbox.fromAddress }),
    ],
  ] as const)('of a hard bounce, found %s, gives up the address', async (_, matchMethod, raw) => {
    const world = await writtenTo(t.owner);

    const found = await world.take(raw(world));

    expect(found).toMatchObject({ class: 'bounce_hard', matchMethod, answersId: world.message.id });
    expect(await standing(world)).toEqual({
      ...{ stage: 'disqualified', enrollment: 'bounced', message: 'sent', suppressed: 'bounce', undeliverable: true, facts: ['bounced_hard'] },
    });
  });

  it('of two recipients is two judgements', async () => {
    const owner = await t.makeWorkspace();
    const [gone, full] = [await writtenTo(owner), await writtenTo(owner)];

    await gone.take(
      bounce({ recipients: [failed(gone.contact.email), { address: full.contact.email, status: '5.2.2', diagnostic: 'mailbox full' }] }),
    );

    expect(await standing(gone)).toMatchObject({ enrollment: 'bounced', facts: ['bounced_hard'] });
    expect(await standing(full)).toEqual({ ...UNMOVED, facts: ['bounced_soft'] });
  });

  it('of a failure for one does not blame the other, whose mail arrived', async () => {
    const owner = await t.makeWorkspace();
    const [fine, gone] = [await writtenTo(owner), await writtenTo(owner)];

    await fine.take(bounce({ recipients: [{ address: fine.contact.email, action: 'delivered', status: '2.0.0' }, failed(gone.contact.email)] }));

    expect(await standing(fine)).toEqual(UNMOVED);
    expect(await standing(gone)).toMatchObject({ enrollment: 'bounced', facts: ['bounced_hard'] });
  });

  it.each([
    ['a soft bounce', { status: '4.2.2', diagnostic: '452 mailbox full' }, 'bounce_soft', ['bounced_soft']],
    ['a delay', { action: 'delayed', status: '4.4.1' }, 'delayed', ['delayed']],
    ['a block of the sender', { status: '5.7.1', diagnostic: '550 blocked by policy' }, 'policy_block', []],
  ] as const)('of %s spares the contact', async (_, recipient, found, facts) => {
    const world = await writtenTo(t.owner);

    const answer = await world.take(bounce({ recipients: [{ address: world.contact.email, ...recipient }], messageId: world.message.rfcMessageId }));

    expect(answer).toMatchObject({ class: found, matchMethod: 'dsn_message_id' });
    expect(await standing(world)).toEqual({ ...UNMOVED, facts: [...facts] });
  });

  it('of a block leaves one task about the mailbox, however many come', async () => {
    const world = await writtenTo(t.owner);
    const blocked = { address: world.contact.email, status: '5.7.1', diagnostic: '550 blocked by policy' };

    for (let count = 0; count < 2; count += 1) await world.take(bounce({ recipients: [blocked], messageId: world.message.rfcMessageId }));

    const tasks = await t.db.query<object[]>('SELECT kind, subject_type AS type FROM tasks WHERE workspace_id = $1 AND subject_id = $2', [
      t.owner.workspaceId,
      world.mailbox.id,
    ]);
    expect(tasks).toEqual([{ kind: 'policy_block', type: 'mailbox' }]);
  });

  it.each([
    ['by the id of the mail', (w: World) => complaint({ messageId: w.message.rfcMessageId })],
    ['by the recipient', (w: World) => complaint({ recipient: w.contact.email })],
  ])('of a complaint, found %s, is the last mail to that person', async (_, raw) => {
    const owner = await t.makeWorkspace();
    const world = await writtenTo(owner);

    const found = await world.take(raw(world));

    expect(found).toMatchObject({ class: 'complaint', answersId: world.message.id });
    expect(await standing(world)).toEqual({
      ...{ ...UNMOVED, stage: 'do_not_contact', enrollment: 'unsubscribed', suppressed: 'complaint', facts: ['complained'] },
    });
    expect(await countOf('events', owner.workspaceId, `type = 'message.complained'`)).toBe(1);
  });
});

describe('mail that is nobody’s answer', () => {
  it.each([
    [
      'an automatic answer',
      'auto_reply',
      (w: World) => letter({ from: w.contact.email, inReplyTo: w.message.rfcMessageId, headers: ['Auto-Submitted: auto-replied'] }),
    ],
    ['our own mail', 'own', (w: World) => letter({ from: `Ann <${w.mailbox.fromAddress.toUpperCase()}>`, inReplyTo: w.message.rfcMessageId })],
    ['a notification with an empty return path', 'unclassified', (w: World) => letter({ from: w.contact.email, headers: ['Return-Path: <>'] })],
    ['a stranger', 'human', () => letter({ from: 'news@stranger.example', subject: 'News' })],
    [
      'a bounce of a mail that was not ours',
      'bounce_hard',
      () => bounce({ recipients: [{ address: 'x@nowhere.example', status: '5.1.1' }], messageId: 'x@y' }),
    ],
    ['a complaint about nothing of ours', 'complaint', () => complaint({ recipient: 'x@nowhere.example' })],
    ['a mail with NUL in its ids', 'human', () => letter({ from: 'a\0b@stranger.example', inReplyTo: 'a\0b', references: ['c\0d'] })],
    ['no mail at all', 'human', () => Buffer.from([0xff, 0x00, 0xfe, 0x0a, 0x00])],
  ] as const)('%s changes nothing', async (_, found, raw) => {
    const world = await writtenTo(t.owner);

    const answer = await world.take(raw(world));

    expect(answer.class).toBe(found);
    expect(await standing(world)).toEqual(UNMOVED);
  });

  it('is kept as it came, NUL and all, and cut to what the columns hold', async () => {
    const world = await writtenTo(t.owner);
    const raw = letter({ from: 'a@stranger.example', subject: 's'.repeat(3000), text: `one\0two ${'x'.repeat(1_100_000)}` });

    const { id } = await world.take(raw);

    const kept = await one<{ raw: Buffer; subject: number; text: number }>(
      `SELECT i.raw, length(m.subject) AS subject, length(m.text) AS text FROM inbound_mails i JOIN messages m ON m.workspace_id = i.workspace_id AND m.raw_id = i.id
        WHERE i.workspace_id = $1 AND i.id = $2`,
      [t.owner.workspaceId, id],
    );
    expect(kept.raw.equals(raw)).toBe(true);
    expect(kept).toMatchObject({ subject: 2000, text: 1_000_000 });
  });

  it('too big to be read is kept unclassified, and says why', async () => {
    const world = await writtenTo(t.owner);

    const found = await world.take(Buffer.alloc(30 * 1024 * 1024 + 1, 'x'));

    expect(found).toMatchObject({ class: 'unclassified', matchMethod: null });
    const row = await one<{ problem: string }>('SELECT problem FROM inbound_mails WHERE workspace_id = $1 AND id = $2', [
      t.owner.workspaceId,
      found.id,
    ]);
    expect(row.problem).toMatch(/bytes/);
  });

  it('whose reading a crash cut short is read when it is posted again', async () => {
    const world = await writtenTo(t.owner);
    const raw = letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId });
    const hash = createHash('sha256').update(raw).digest('hex');
    const id = newId();
    await t.db.query(
      `INSERT INTO inbound_mails (workspace_id, id, mailbox_id, content_hash, raw, class, received_at) VALUES ($1, $2, $3, $4, $5, 'pending', $6)`,
      [t.owner.workspaceId, id, world.mailbox.id, hash, raw, t.clock.now()],
    );

    expect(await world.take(raw)).toMatchObject({ id, class: 'human', answersId: world.message.id });
    expect(await standing(world)).toEqual(ANSWERED);
  });
});

describe('a mail that was kept and not read, because the process died', () => {
  it('is read later by itself, once, and not while somebody may still be reading it', async () => {
    const world = await writtenTo(t.owner);
    const raw = letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId });
    const id = newId();
    await t.db.query(
      `INSERT INTO inbound_mails (workspace_id, id, mailbox_id, content_hash, raw, class, received_at) VALUES ($1, $2, $3, $4, $5, 'pending', $6)`,
      [t.owner.workspaceId, id, world.message.mailboxId, createHash('sha256').update(raw).digest('hex'), raw, t.clock.now()],
    );

    await t.run('inbox');
    expect(await standing(world)).toEqual({ ...UNMOVED });
    t.clock.advance(6 * 60_000);
    await t.run('inbox');

    expect(await standing(world)).toEqual(ANSWERED);
    expect(await world.take(raw)).toMatchObject({ id, class: 'human', matchMethod: 'in_reply_to' });
  });
});
