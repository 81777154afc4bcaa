import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/platform/clock.js';
import { makeMailbox, makeMessage } from '../support/factories.js';
import { headerOf, MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { type MailNow, mailNow, makePlannedMail, type PlannedMail, sendingWorld } from '../support/sending-world.js';
import { TEST_START } from '../support/test-app.js';

const world = sendingWorld();

describe('a mail that is due', () => {
  it('leaves once, moves its card and sets the time of the next step', async () => {
    const mail = await world.planned();

    await world.test.run('send');
    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(1);
    expect(await world.now(mail)).toMatchObject({ state: 'sent', sentAt: TEST_START, stage: 'contacting', enrollmentState: 'active' });
    expect((await world.now(mail)).enrollmentNextAt?.getTime()).toBeGreaterThan(TEST_START.getTime() + DAY_MS);
  });

  it('keeps its Message-ID and thread, and carries one click to stop all mail', async () => {
    const mail = await world.planned({
      message: { rfcMessageId: 'fixed@shop.example', inReplyTo: 'first@shop.example', referenceIds: ['first@shop.example'] },
    });

    await world.test.run('send');

    const [stored] = world.sink.stored;
    const header = headerOf(stored?.raw ?? '');
    expect(stored).toMatchObject({ messageId: 'fixed@shop.example', from: 'ann@shop.example', rcpt: [mail.email] });
    expect(header).toMatch(/^In-Reply-To: <first@shop.example>$/m);
    expect(header).toMatch(/^References: <first@shop.example>$/m);
    expect(header).toMatch(/^List-Unsubscribe: <https:\/\/links\.example\/u\/[\w.-]+>$/m);
    expect(header).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
    expect(header).toMatch(/^Date: Mon, 02 Nov 2026 10:00:00 \+0000$/m);
  });

  it('has no unsubscribe header when it answers a conversation', async () => {
    const mailbox = await makeMailbox(world.test.db, world.workspaceId, { smtpPort: world.sink.port });
    await makeMessage(world.test.db, world.workspaceId, { mailboxId: mailbox.id, commercial: false });

    await world.test.run('send');

    expect(headerOf(world.sink.stored[0]?.raw ?? '')).not.toMatch(/unsubscribe/i);
  });

  it('waits for its time', async () => {
    const mail = await world.planned({ message: { nextAt: new Date(TEST_START.getTime() + SECOND_MS) } });

    await world.test.run('send');
    expect((await world.now(mail)).state).toBe('scheduled');

    world.test.clock.advance(SECOND_MS);
    await world.test.run('send');
    expect((await world.now(mail)).state).toBe('sent');
  });

  it('leaves once when four workers look at the same time', async () => {
    const mailbox = await makeMailbox(world.test.db, world.workspaceId, { smtpPort: world.sink.port });
    for (let mail = 0; mail < 12; mail += 1) await world.planned({ mailboxId: mailbox.id });

    await Promise.all([world.test.run('send'), world.test.run('send'), world.test.run('send'), world.test.run('send')]);

    expect(new Set(world.sink.stored.map((mail) => mail.messageId)).size).toBe(12);
    expect(world.sink.stored).toHaveLength(12);
  });
});

describe('what the server says', () => {
  it.each<[string, string, Partial<MailNow>]>([
    ['451 after the message: another try', 'data451', { state: 'scheduled', attempts: 1, enrollmentState: 'active' }],
    ['450 at the recipient: another try', 'rcpt450', { state: 'scheduled', attempts: 1 }],
    [
      '554 5.7.1: the sender is at fault, a person is needed',
      'data554',
      { state: 'failed', stateReason: 'sender_policy', enrollmentState: 'failed' },
    ],
    ['550 5.1.1: a hard bounce', 'rcpt550', { state: 'failed', stateReason: 'address', enrollmentState: 'bounced', stage: 'ready' }],
    [
      'stored, then silence: nobody knows',
      'dropack',
      { state: 'delivery_unknown', enrollmentState: 'blocked', enrollmentReason: 'delivery_unknown' },
    ],
    ['gone in the middle of the message: nobody knows', 'dropdata', { state: 'delivery_unknown', enrollmentState: 'blocked' }],
    ['gone before DATA: it may be sent again', 'dropenvelope', { state: 'scheduled', attempts: 1 }],
    ['421: the mail is as good as before', 'rcpt421', { state: 'scheduled', attempts: 0 }],
    ['421 after the message: the same', 'data421', { state: 'scheduled', attempts: 0 }],
  ])('%s', async (_, to, expected) => {
    const mail = await world.planned({ to });

    await world.test.run('send');

    expect(await world.now(mail)).toMatchObject(expected);
    expect((await world.now(mail)).lastResponse).toEqual(expect.any(String));
  });

  it('asks for a wait, which is obeyed: 5 minutes, then it goes', async () => {
    const mail = await world.planned({ to: 'data451' });

    await world.test.run('send');

    expect((await world.now(mail)).nextAt?.getTime()).toBeGreaterThanOrEqual(TEST_START.getTime() + 5 * MINUTE_MS);
    expect((await world.now(mail)).nextAt?.getTime()).toBeLessThanOrEqual(TEST_START.getTime() + 6 * MINUTE_MS);
  });

  it('refuses for now six times: given up, and a person is told', async () => {
    const mail = await world.planned({ to: 'rcpt450' });

    for (let tries = 0; tries < 6; tries += 1) {
      await world.test.run('send');
      world.test.clock.advance(7 * HOUR_MS);
    }

    expect(await world.now(mail)).toMatchObject({ state: 'failed', stateReason: 'gave_up', attempts: 6, enrollmentState: 'failed' });
    expect(await tasksOf(mail)).toEqual(['enrollment_failed']);
  });

  it('421 rests the mailbox and gives the other mails of its turn back', async () => {
    const mailbox = await makeMailbox(world.test.db, world.workspaceId, { smtpPort: world.sink.port });
    const turnedAway = await world.planned({ to: 'rcpt421', mailboxId: mailbox.id, message: { nextAt: new Date(TEST_START.getTime() - 1) } });
    const behind = await world.planned({ mailboxId: mailbox.id });

    await world.test.run('send');
    expect(await world.now(behind)).toMatchObject({ state: 'scheduled', attempts: 0 });
    expect(world.sink.stored).toHaveLength(0);

    world.test.clock.advance(15 * MINUTE_MS);
    await world.test.db.query('UPDATE messages SET next_at = NULL WHERE workspace_id = $1 AND id = $2', [world.workspaceId, turnedAway.messageId]);
    await world.test.run('send');
    expect((await world.now(behind)).state).toBe('sent');
  });

  it('550 5.1.1 spares no one: the address is suppressed, the contact marked', async () => {
    const mail = await world.planned({ to: 'rcpt550' });

    await world.test.run('send');

    const [row] = await world.test.db.query(
      `SELECT c.undeliverable_at AS at, s.source FROM contacts c JOIN suppressions s ON s.workspace_id = $1 AND s.value = c.email_key
        WHERE c.workspace_id = $1 AND c.id = $2`,
      [world.workspaceId, mail.contactId],
    );
    expect(row).toEqual({ at: TEST_START, source: 'bounce' });
  });

  it('535 at the login: the mail goes back, the mailbox asks for a person', async () => {
    const locked = await MisbehavingSmtp.start({ greeting: '535 5.7.8 wrong user or password' });
    const mail = await world.planned({ port: locked.port });

    await world.test.run('send');
    await locked.stop();

    expect(await world.now(mail)).toMatchObject({ state: 'scheduled', attempts: 0, enrollmentState: 'active' });
    expect(await mailboxOf(mail)).toMatchObject({ state: 'needs_reconnect', reason: expect.stringContaining('535') });
    expect(await eventsOf('mailbox.disconnected', mail.mailboxId)).toBe(1);
  });

  it('nothing at all, since nobody listens: tried again for days', async () => {
    const mail = await world.planned({ port: 9 });

    for (let tries = 0; tries < 8; tries += 1) {
      await world.test.run('send');
      world.test.clock.advance(7 * HOUR_MS);
    }

    expect(await world.now(mail)).toMatchObject({ state: 'scheduled', attempts: 8, enrollmentState: 'active' });
  });

  it.each(['rcpt421', 'dropenvelope'])('%s of one mail for five days: given up, and a person is told', async (to) => {
    const mail = await world.planned({ to });

    for (let day = 0; day < 5; day += 1) {
      for (let hours = 0; hours < 24; hours += 8) {
        await world.test.run('send');
        world.test.clock.advance(8 * HOUR_MS);
      }
    }
    expect((await world.now(mail)).state).toBe('scheduled');
    await world.test.run('send');

    expect(await world.now(mail)).toMatchObject({ state: 'failed', stateReason: 'gave_up', enrollmentState: 'failed' });
    expect(await tasksOf(mail)).toEqual(['enrollment_failed']);
  });

  it('a refusal for now, after a server that was away for days: it still has its six tries', async () => {
    const mail = await world.planned({ to: 'rcpt450', mailbox: { smtpPort: 9 } });
    for (let tries = 0; tries < 8; tries += 1) {
      await world.test.run('send');
      world.test.clock.advance(8 * HOUR_MS);
    }
    await world.test.db.query('UPDATE mailboxes SET smtp_port = $3 WHERE workspace_id = $1 AND id = $2', [
      ...[world.workspaceId, mail.mailboxId, world.sink.port],
    ]);

    for (let tries = 0; tries < 5; tries += 1) {
      await world.test.run('send');
      world.test.clock.advance(8 * HOUR_MS);
    }
    expect((await world.now(mail)).state).toBe('scheduled');
    await world.test.run('send');

    expect(await world.now(mail)).toMatchObject({ state: 'failed', stateReason: 'gave_up' });
  });
});

it('touches nothing of another workspace than the mail’s own', async () => {
  const other = await world.test.makeWorkspace();
  const theirs = await makePlannedMail(world.test.db, other.workspaceId, { port: world.sink.port, to: 'rcpt550' });

  await world.test.run('send');

  const [{ count }] = await world.test.db.query('SELECT count(*)::int FROM suppressions WHERE workspace_id = $1 AND value = $2', [
    world.workspaceId,
    theirs.email,
  ]);
  expect(count).toBe(0);
  expect(await mailNow(world.test.db, other.workspaceId, theirs.messageId)).toMatchObject({ state: 'failed' });
});

async function tasksOf(mail: PlannedMail): Promise<string[]> {
  const tasks: { kind: string }[] = await world.test.db.query('SELECT kind FROM tasks WHERE workspace_id = $1 AND opportunity_id = $2', [
    world.workspaceId,
    mail.opportunityId,
  ]);
  return tasks.map(({ kind }) => kind);
}

async function mailboxOf(mail: PlannedMail): Promise<unknown> {
  const [row] = await world.test.db.query('SELECT state, state_reason AS reason FROM mailboxes WHERE workspace_id = $1 AND id = $2', [
    world.workspaceId,
    mail.mailboxId,
  ]);
  return row;
}

async function eventsOf(type: string, mailboxId: string): Promise<number> {
  const [{ count }] = await world.test.db.query(
    `SELECT count(*)::int FROM events WHERE workspace_id = $1 AND type = $2 AND data->'object'->>'mailboxId' = $3`,
    [world.workspaceId, type, mailboxId],
  );
  return count;
}
