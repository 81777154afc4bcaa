import { leaveTask } from '../../src/modules/pipeline/left-for-people.service.js';
import { createHash } from 'node:crypto';
import { newId } from '../../src/platform/ids.js';
import { expectCatalogued } from '../support/catalogued-events.js';
import { makeEnrollment } from '../support/factories.js';
import { bounce, complaint, letter } from '../support/raw-mails.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { countOf, one, standing, UNMOVED, writtenTo, type WrittenTo } from '../support/written-to.js';

let t: TestApp;

beforeAll(async () => {
  t = await createTestApp();
});
afterAll(async () => {
  await expectCatalogued(t.db);
  await t.close();
});

const ANSWERED = { ...UNMOVED, stage: 'engaged', enrollment: 'replied', facts: ['replied'] };

describe('an answer', () => {
  it.each([
    ['by In-Reply-To', 'in_reply_to', (w: WrittenTo) => letter({ from: w.contact.email, inReplyTo: w.message.rfcMessageId })],
    [
      'with another subject',
      'in_reply_to',
      (w: WrittenTo) => letter({ from: w.contact.email, subject: 'Budget', inReplyTo: w.message.rfcMessageId }),
    ],
    [
      'by References alone, the nearest id unknown',
      'references',
      (w: WrittenTo) => letter({ from: w.contact.email, references: ['first@x.example', w.message.rfcMessageId, 'theirs@y.example'] }),
    ],
    [
      'with an id that a provider rewrote',
      'contact',
      (w: WrittenTo) => letter({ from: `Ed <${w.contact.email.toUpperCase()}>`, inReplyTo: '0100018f-rewritten@eu.provider.example' }),
    ],
    [
      'from another address of the site',
      'in_reply_to',
      (w: WrittenTo) => letter({ from: 'boss@tea-blog.example', inReplyTo: w.message.rfcMessageId }),
    ],
  ] as const)('%s ends the sequence', async (_, matchMethod, raw) => {
    const world = await writtenTo(t, t.owner);

    const found = await world.take(raw(world));

    expect(found).toMatchObject({ class: 'human', matchMethod, answersId: world.message.id });
    expect(await standing(t.db, world)).toEqual(ANSWERED);
  });

  it('is a new mail of theirs when only the sender is known', async () => {
    const world = await writtenTo(t, t.owner);

    const found = await world.take(letter({ from: world.contact.email, subject: 'Something else' }));

    expect(found).toMatchObject({ class: 'human', matchMethod: 'contact', answersId: null });
    expect(await standing(t.db, world)).toEqual({ ...ANSWERED, facts: [] });
  });

  it('stands in the thread of the mail it answers', async () => {
    const world = await writtenTo(t, t.owner);

    const { id } = await world.take(letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId, text: 'How much?' }));

    const row = await one<object>(
      t.db,
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
    const world = await writtenTo(t, t.owner, { state: 'delivery_unknown' as 'sent' });
    const task = { kind: 'delivery_unknown', subjectType: 'message', subjectId: world.message.id, at: t.clock.now() } as const;
    await t.db.transaction((tx) => leaveTask(tx, t.owner.workspaceId, task));

    await world.take(letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId }));

    expect(await standing(t.db, world)).toEqual(ANSWERED);
    expect(await countOf(t.db, 'tasks', t.owner.workspaceId, `kind = 'delivery_unknown' AND done_at IS NULL`)).toBe(0);
  });

  it('stops the colleagues of its writer too, unless the workspace wants otherwise', async () => {
    const [strict, loose] = [await t.makeWorkspace(), await t.makeWorkspace()];
    await t.db.query('UPDATE workspaces SET reply_stops_site = false WHERE id = $1', [loose.workspaceId]);

    const ended = await Promise.all(
      [strict, loose].map(async (owner) => {
        const world = await writtenTo(t, owner);
        const colleague = await makeEnrollment(t.db, owner.workspaceId, { opportunityId: world.opportunity.id });
        await world.take(letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId }));
        return one<{ state: string }>(t.db, 'SELECT state FROM enrollments WHERE workspace_id = $1 AND id = $2', [owner.workspaceId, colleague.id]);
      }),
    );

    expect(ended).toEqual([{ state: 'replied' }, { state: 'active' }]);
  });

  it('posted five times at once is one mail, one event, one move', async () => {
    const owner = await t.makeWorkspace();
    const world = await writtenTo(t, owner);
    const raw = letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId });

    const found = await Promise.all(Array.from({ length: 5 }, () => world.take(raw)));
    const again = await world.take(raw);

    expect(new Set([...found, again].map(({ id }) => id)).size).toBe(1);
    expect(again).toMatchObject({ class: 'human', matchMethod: 'in_reply_to', answersId: world.message.id });
    expect(await countOf(t.db, 'inbound_mails', owner.workspaceId, 'true')).toBe(1);
    expect(await countOf(t.db, 'messages', owner.workspaceId, `direction = 'in'`)).toBe(1);
    expect(await countOf(t.db, 'events', owner.workspaceId, `type = 'reply.received'`)).toBe(1);
    expect(await standing(t.db, world)).toEqual(ANSWERED);
  });

  it('to a mail of another workspace is not matched', async () => {
    const world = await writtenTo(t, t.owner);
    const other = await writtenTo(t, await t.makeWorkspace());

    const found = await other.take(letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId }));

    expect(found).toMatchObject({ class: 'human', matchMethod: 'none', answersId: null });
    expect(await standing(t.db, world)).toEqual(UNMOVED);
    expect(await standing(t.db, other)).toEqual(UNMOVED);
  });
});

describe('mail that is nobody’s answer', () => {
  it.each([
    [
      'an automatic answer',
      'auto_reply',
      (w: WrittenTo) => letter({ from: w.contact.email, inReplyTo: w.message.rfcMessageId, headers: ['Auto-Submitted: auto-replied'] }),
    ],
    ['our own mail', 'own', (w: WrittenTo) => letter({ from: `Ann <${w.mailbox.fromAddress.toUpperCase()}>`, inReplyTo: w.message.rfcMessageId })],
    ['a notification with an empty return path', 'unclassified', (w: WrittenTo) => letter({ from: w.contact.email, headers: ['Return-Path: <>'] })],
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
    const world = await writtenTo(t, t.owner);

    const answer = await world.take(raw(world));

    expect(answer.class).toBe(found);
    expect(await standing(t.db, world)).toEqual(UNMOVED);
  });

  it('is kept as it came, NUL and all, and cut to what the columns hold', async () => {
    const world = await writtenTo(t, t.owner);
    const raw = letter({ from: 'a@stranger.example', subject: 's'.repeat(3000), text: `one\0two ${'x'.repeat(1_100_000)}` });

    const { id } = await world.take(raw);

    const kept = await one<{ raw: Buffer; subject: number; text: number }>(
      t.db,
      `SELECT i.raw, length(m.subject) AS subject, length(m.text) AS text FROM inbound_mails i JOIN messages m ON m.workspace_id = i.workspace_id AND m.raw_id = i.id
        WHERE i.workspace_id = $1 AND i.id = $2`,
      [t.owner.workspaceId, id],
    );
    expect(kept.raw.equals(raw)).toBe(true);
    expect(kept).toMatchObject({ subject: 2000, text: 1_000_000 });
  });

  it('too big to be read is kept unclassified, and says why', async () => {
    const world = await writtenTo(t, t.owner);

    const found = await world.take(Buffer.alloc(30 * 1024 * 1024 + 1, 'x'));

    expect(found).toMatchObject({ class: 'unclassified', matchMethod: null });
    const row = await one<{ problem: string }>(t.db, 'SELECT problem FROM inbound_mails WHERE workspace_id = $1 AND id = $2', [
      t.owner.workspaceId,
      found.id,
    ]);
    expect(row.problem).toMatch(/bytes/);
  });

  it('whose reading a crash cut short is read when it is posted again', async () => {
    const world = await writtenTo(t, t.owner);
    const raw = letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId });
    const hash = createHash('sha256').update(raw).digest('hex');
    const id = newId();
    await t.db.query(
      `INSERT INTO inbound_mails (workspace_id, id, mailbox_id, content_hash, raw, class, received_at) VALUES ($1, $2, $3, $4, $5, 'pending', $6)`,
      [t.owner.workspaceId, id, world.mailbox.id, hash, raw, t.clock.now()],
    );

    expect(await world.take(raw)).toMatchObject({ id, class: 'human', answersId: world.message.id });
    expect(await standing(t.db, world)).toEqual(ANSWERED);
  });
});

describe('a mail that was kept and not read, because the process died', () => {
  it('is read later by itself, once, and not while somebody may still be reading it', async () => {
    const world = await writtenTo(t, t.owner);
    const raw = letter({ from: world.contact.email, inReplyTo: world.message.rfcMessageId });
    const id = newId();
    await t.db.query(
      `INSERT INTO inbound_mails (workspace_id, id, mailbox_id, content_hash, raw, class, received_at) VALUES ($1, $2, $3, $4, $5, 'pending', $6)`,
      [t.owner.workspaceId, id, world.message.mailboxId, createHash('sha256').update(raw).digest('hex'), raw, t.clock.now()],
    );

    await t.run('inbox');
    expect(await standing(t.db, world)).toEqual({ ...UNMOVED });
    t.clock.advance(6 * 60_000);
    await t.run('inbox');

    expect(await standing(t.db, world)).toEqual(ANSWERED);
    expect(await world.take(raw)).toMatchObject({ id, class: 'human', matchMethod: 'in_reply_to' });
  });
});
