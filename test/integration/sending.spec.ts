import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/platform/clock.js';
import { Pipeline } from '../../src/modules/pipeline/pipeline.service.js';
import { MailboxTurn } from '../../src/modules/sending/mailbox-turn.service.js';
import { Suppressions } from '../../src/modules/suppressions/suppressions.service.js';
import { systemActor } from '../../src/platform/auth/system-actor.js';
import { makeContact, makeEnrollment, makeMailbox, makeMessage, makeOpportunity } from '../support/factories.js';
import { headerOf, MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { type MailNow, mailNow, makePlannedMail, type PlannedMail, type PlannedMailOptions } from '../support/sending-world.js';
import { createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

let test: TestApp;
let sink: MisbehavingSmtp;

beforeAll(async () => {
  test = await createTestApp({ env: { PUBLIC_URL: 'https://links.example' } });
});
afterAll(() => test.close());
beforeEach(async () => {
  sink = await MisbehavingSmtp.start();
  test.clock.set(TEST_START);
});
afterEach(async () => {
  await sink.stop();
  await test.db.query('/* all-workspaces: what one test left must not leave in the next */ UPDATE messages SET next_at = NULL');
});

const workspaceId = (): string => test.owner.workspaceId;
const planned = (options: Partial<PlannedMailOptions> = {}): Promise<PlannedMail> =>
  makePlannedMail(test.db, workspaceId(), { port: sink.port, ...options });
const now = (mail: PlannedMail): Promise<MailNow> => mailNow(test.db, workspaceId(), mail.messageId);
const record: Pipeline['record'] = (tx, actor, event) => test.app.get(Pipeline).record(tx, actor, event);

describe('a mail that is due', () => {
  it('leaves once, moves its card and sets the time of the next step', async () => {
    const mail = await planned();

    await test.run('send');
    await test.run('send');

    expect(sink.stored).toHaveLength(1);
    expect(await now(mail)).toMatchObject({ state: 'sent', sentAt: TEST_START, stage: 'contacting', enrollmentState: 'active' });
    expect((await now(mail)).enrollmentNextAt?.getTime()).toBeGreaterThan(TEST_START.getTime() + DAY_MS);
  });

  it('keeps its Message-ID and thread, and carries one click to stop all mail', async () => {
    const mail = await planned({
      message: { rfcMessageId: 'fixed@shop.example', inReplyTo: 'first@shop.example', referenceIds: ['first@shop.example'] },
    });

    await test.run('send');

    const [stored] = sink.stored;
    const header = headerOf(stored?.raw ?? '');
    expect(stored).toMatchObject({ messageId: 'fixed@shop.example', from: 'ann@shop.example', rcpt: [mail.email] });
    expect(header).toMatch(/^In-Reply-To: <first@shop.example>$/m);
    expect(header).toMatch(/^References: <first@shop.example>$/m);
    expect(header).toMatch(/^List-Unsubscribe: <https:\/\/links\.example\/u\/[\w.-]+>$/m);
    expect(header).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
    expect(header).toMatch(/^Date: Mon, 02 Nov 2026 10:00:00 \+0000$/m);
  });

  it('has no unsubscribe header when it answers a conversation', async () => {
    const mailbox = await makeMailbox(test.db, workspaceId(), { smtpPort: sink.port });
    await makeMessage(test.db, workspaceId(), { mailboxId: mailbox.id, commercial: false });

    await test.run('send');

    expect(headerOf(sink.stored[0]?.raw ?? '')).not.toMatch(/unsubscribe/i);
  });

  it('waits for its time', async () => {
    const mail = await planned({ message: { nextAt: new Date(TEST_START.getTime() + SECOND_MS) } });

    await test.run('send');
    expect((await now(mail)).state).toBe('scheduled');

    test.clock.advance(SECOND_MS);
    await test.run('send');
    expect((await now(mail)).state).toBe('sent');
  });

  it('leaves once when four workers look at the same time', async () => {
    const mailbox = await makeMailbox(test.db, workspaceId(), { smtpPort: sink.port });
    for (let mail = 0; mail < 12; mail += 1) await planned({ mailboxId: mailbox.id });

    await Promise.all([test.run('send'), test.run('send'), test.run('send'), test.run('send')]);

    expect(new Set(sink.stored.map((mail) => mail.messageId)).size).toBe(12);
    expect(sink.stored).toHaveLength(12);
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
    const mail = await planned({ to });

    await test.run('send');

    expect(await now(mail)).toMatchObject(expected);
    expect((await now(mail)).lastResponse).toEqual(expect.any(String));
  });

  it('asks for a wait, which is obeyed: 5 minutes, then it goes', async () => {
    const mail = await planned({ to: 'data451' });

    await test.run('send');

    expect((await now(mail)).nextAt?.getTime()).toBeGreaterThanOrEqual(TEST_START.getTime() + 5 * MINUTE_MS);
    expect((await now(mail)).nextAt?.getTime()).toBeLessThanOrEqual(TEST_START.getTime() + 6 * MINUTE_MS);
  });

  it('refuses for now six times: given up, and a person is told', async () => {
    const mail = await planned({ to: 'rcpt450' });

    for (let tries = 0; tries < 6; tries += 1) {
      await test.run('send');
      test.clock.advance(7 * HOUR_MS);
    }

    expect(await now(mail)).toMatchObject({ state: 'failed', stateReason: 'gave_up', attempts: 6, enrollmentState: 'failed' });
    expect(await tasksOf(mail)).toEqual(['enrollment_failed']);
  });

  it('421 rests the mailbox and gives the other mails of its turn back', async () => {
    const mailbox = await makeMailbox(test.db, workspaceId(), { smtpPort: sink.port });
    const turnedAway = await planned({ to: 'rcpt421', mailboxId: mailbox.id, message: { nextAt: new Date(TEST_START.getTime() - 1) } });
    const behind = await planned({ mailboxId: mailbox.id });

    await test.run('send');
    expect(await now(behind)).toMatchObject({ state: 'scheduled', attempts: 0 });
    expect(sink.stored).toHaveLength(0);

    test.clock.advance(15 * MINUTE_MS);
    await test.db.query('UPDATE messages SET next_at = NULL WHERE workspace_id = $1 AND id = $2', [workspaceId(), turnedAway.messageId]);
    await test.run('send');
    expect((await now(behind)).state).toBe('sent');
  });

  it('550 5.1.1 spares no one: the address is suppressed, the contact marked', async () => {
    const mail = await planned({ to: 'rcpt550' });

    await test.run('send');

    const [row] = await test.db.query(
      `SELECT c.undeliverable_at AS at, s.source FROM contacts c JOIN suppressions s ON s.workspace_id = $1 AND s.value = c.email_key
        WHERE c.workspace_id = $1 AND c.id = $2`,
      [workspaceId(), mail.contactId],
    );
    expect(row).toEqual({ at: TEST_START, source: 'bounce' });
  });

  it('535 at the login: the mail goes back, the mailbox asks for a person', async () => {
    const locked = await MisbehavingSmtp.start({ greeting: '535 5.7.8 wrong user or password' });
    const mail = await planned({ port: locked.port });

    await test.run('send');
    await locked.stop();

    expect(await now(mail)).toMatchObject({ state: 'scheduled', attempts: 0, enrollmentState: 'active' });
    expect(await mailboxOf(mail)).toMatchObject({ state: 'needs_reconnect', reason: expect.stringContaining('535') });
    expect(await eventsOf('mailbox.disconnected', mail.mailboxId)).toBe(1);
  });

  it('nothing at all, since nobody listens: tried again later, without end', async () => {
    const mail = await planned({ port: 9 });

    for (let tries = 0; tries < 8; tries += 1) {
      await test.run('send');
      test.clock.advance(7 * HOUR_MS);
    }

    expect(await now(mail)).toMatchObject({ state: 'scheduled', attempts: 8, enrollmentState: 'active' });
  });
});

describe('the last look before a mail leaves', () => {
  it.each<[string, string, (mail: PlannedMail) => Promise<unknown>]>([
    ['suppressed', 'the person opted out', (mail) => suppress(mail)],
    ['suppressed', 'the project is not to mail them', (mail) => suppress(mail, { inProject: true })],
    ['undeliverable', 'the address has bounced', (mail) => set('contacts', mail.contactId, 'undeliverable_at = created_at')],
    ['stage_declined', 'the card was closed', (mail) => set('opportunities', mail.opportunityId, `stage = 'declined'`)],
    ['contact_blocked', 'the contact is blocked', (mail) => set('opportunities', mail.opportunityId, 'contact_blocked = true')],
  ])('cancels it as %s when %s', async (code, _, happen) => {
    const mail = await planned();
    await happen(mail);

    await test.run('send');

    expect(sink.stored).toHaveLength(0);
    expect(await now(mail)).toMatchObject({ state: 'cancelled', stateReason: code });
  });

  it('shows that the sequence stands still when its mail was taken away', async () => {
    const mail = await planned();
    await set('contacts', mail.contactId, 'undeliverable_at = created_at');

    await test.run('send');

    expect(await now(mail)).toMatchObject({ enrollmentState: 'blocked', enrollmentReason: 'undeliverable' });
  });

  it.each<[string, (mail: PlannedMail) => Promise<unknown>, (mail: PlannedMail) => Promise<unknown>]>([
    [
      'the campaign is paused',
      (mail) => set('campaigns', mail.campaignId, `state = 'paused'`),
      (mail) => set('campaigns', mail.campaignId, `state = 'running'`),
    ],
    [
      'the mailbox is out of use',
      (mail) => set('mailboxes', mail.mailboxId, `state = 'disabled'`),
      (mail) => set('mailboxes', mail.mailboxId, `state = 'connected'`),
    ],
    [
      'the campaign does not send at this hour',
      (mail) => set('campaigns', mail.campaignId, `send_window = '{"days":[1,2,3,4,5,6,7],"from":"10:03","to":"17:00"}'`),
      () => Promise.resolve(),
    ],
  ])('holds it while %s', async (_, shut, open) => {
    const mail = await planned();
    await shut(mail);

    await test.run('send');
    expect(await now(mail)).toMatchObject({ state: 'scheduled', attempts: 0, enrollmentState: 'active' });

    await open(mail);
    test.clock.advance(6 * MINUTE_MS);
    await test.run('send');
    expect((await now(mail)).state).toBe('sent');
  });

  it('moves the mails of a paused campaign aside at once, with two lines of history in all', async () => {
    const first = await planned();
    for (let mail = 0; mail < 5; mail += 1) await planned({ mailboxId: first.mailboxId, campaignId: first.campaignId });
    await set('mailboxes', first.mailboxId, 'gap_seconds = 60');
    await set('campaigns', first.campaignId, `state = 'paused'`);

    await test.run('send');

    const [{ waiting }] = await test.db.query(
      `SELECT count(*)::int AS waiting FROM messages WHERE workspace_id = $1 AND mailbox_id = $2 AND state = 'scheduled' AND next_at > $3`,
      [workspaceId(), first.mailboxId, TEST_START],
    );
    const [{ lines }] = await test.db.query(
      `SELECT count(*)::int AS lines FROM state_changes WHERE workspace_id = $1 AND subject_id IN (SELECT id FROM messages WHERE workspace_id = $1 AND mailbox_id = $2)`,
      [workspaceId(), first.mailboxId],
    );
    expect({ waiting, lines }).toEqual({ waiting: 6, lines: 2 });
  });

  it('obeys an answer that comes in between the claim and the first byte', async () => {
    const mail = await planned();
    const batch = await test.app.get(MailboxTurn).take();
    expect((await now(mail)).state).toBe('claimed');
    expect(batch?.messageIds).toEqual([mail.messageId]);

    const answer = { kind: 'reply_received', messageId: null, contactId: mail.contactId, wholeSite: false } as const;
    await test.db.transaction((tx) => record(tx, systemActor(workspaceId()), answer));
    test.clock.advance(6 * MINUTE_MS);
    await test.run('leases');
    await test.run('send');

    expect(sink.stored).toHaveLength(0);
    expect(await now(mail)).toMatchObject({ state: 'cancelled', stateReason: 'replied' });
  });

  it('lets one of two colleagues write to a site, though both mails were due at once', async () => {
    const mine = await planned();
    const theirs = await planned({ prospectId: mine.prospectId });

    await test.run('send');

    expect(sink.stored).toHaveLength(1);
    expect([(await now(mine)).state, (await now(theirs)).state].sort()).toEqual(['scheduled', 'sent']);
  });

  it('lets both write when a manager lifted the guard for sending', async () => {
    const mine = await planned();
    const theirs = await planned({ prospectId: mine.prospectId });
    for (const { opportunityId } of [mine, theirs]) await set('opportunities', opportunityId, `guard_override = 'send'`);

    await test.run('send');

    expect(sink.stored).toHaveLength(2);
  });

  it('sends what a person wrote, whatever the sequence does', async () => {
    const opportunity = await makeOpportunity(test.db, workspaceId(), { stage: 'engaged' });
    const contact = await makeContact(test.db, workspaceId(), { prospectId: opportunity.prospectId });
    const { id: enrollmentId } = await makeEnrollment(test.db, workspaceId(), {
      opportunityId: opportunity.id,
      contactId: contact.id,
      state: 'replied',
      nextAt: null,
    });
    const mailbox = await makeMailbox(test.db, workspaceId(), { smtpPort: sink.port });
    await makeMessage(test.db, workspaceId(), { enrollmentId, mailboxId: mailbox.id, source: 'person' });

    await test.run('send');

    expect(sink.stored).toHaveLength(1);
  });
});

describe('the limits of a mailbox', () => {
  it.each<[string, object, number]>([
    ['day', { perDay: 2, perHour: 100, gapSeconds: 0 }, 2],
    ['hour', { perDay: 100, perHour: 3, gapSeconds: 0 }, 3],
    ['gap', { perDay: 3, perHour: 2, gapSeconds: 60 }, 1],
  ])('let through what the %s allows', async (_, limits, expected) => {
    const mailbox = await makeMailbox(test.db, workspaceId(), { smtpPort: sink.port, ...limits });
    for (let mail = 0; mail < 5; mail += 1) await planned({ mailboxId: mailbox.id });

    await test.run('send');
    await test.run('send');

    expect(sink.stored).toHaveLength(expected);
  });

  it('hold with several workers at once', async () => {
    const mailbox = await makeMailbox(test.db, workspaceId(), { smtpPort: sink.port, perHour: 4 });
    for (let mail = 0; mail < 10; mail += 1) await planned({ mailboxId: mailbox.id });

    await Promise.all([test.run('send'), test.run('send'), test.run('send')]);

    expect(sink.stored).toHaveLength(4);
  });

  it('count a mail of unknown fate', async () => {
    const mailbox = await makeMailbox(test.db, workspaceId(), { smtpPort: sink.port, perDay: 1 });
    await planned({ mailboxId: mailbox.id, to: 'dropack', message: { nextAt: new Date(TEST_START.getTime() - 1) } });
    const second = await planned({ mailboxId: mailbox.id });

    await test.run('send');
    await test.run('send');

    expect((await now(second)).state).toBe('scheduled');
  });

  it('begin anew at midnight UTC, and the gap is jittered by a fifth at most', async () => {
    const mailbox = await makeMailbox(test.db, workspaceId(), { smtpPort: sink.port, perDay: 2, gapSeconds: 100 });
    for (let mail = 0; mail < 3; mail += 1) await planned({ mailboxId: mailbox.id });

    await test.run('send');
    test.clock.advance(99 * SECOND_MS);
    await test.run('send');
    expect(sink.stored).toHaveLength(1);

    test.clock.advance(21 * SECOND_MS);
    await test.run('send');
    test.clock.advance(HOUR_MS);
    await test.run('send');
    expect(sink.stored).toHaveLength(2);

    test.clock.set(new Date('2026-11-03T00:00:00Z'));
    await test.run('send');
    expect(sink.stored).toHaveLength(3);
  });
});

describe('a worker that died', () => {
  it('before the first byte: the mail goes back and leaves once', async () => {
    const mail = await planned();
    await test.app.get(MailboxTurn).take();

    await test.run('leases');
    expect((await now(mail)).state).toBe('claimed');

    test.clock.advance(6 * MINUTE_MS);
    await test.run('leases');
    await test.run('send');

    expect(sink.stored).toHaveLength(1);
    expect((await now(mail)).state).toBe('sent');
  });

  it('on the wire: nobody knows, nothing is sent again, a person is asked', async () => {
    const mail = await planned({ message: { state: 'transmitting', claimedUntil: TEST_START, transmittingAt: TEST_START } });

    test.clock.advance(1);
    await test.run('leases');
    await test.run('send');

    expect(sink.stored).toHaveLength(0);
    expect(await now(mail)).toMatchObject({ state: 'delivery_unknown', enrollmentState: 'blocked', enrollmentNextAt: null });
    expect(await tasksOf(mail)).toEqual(['delivery_unknown']);
  });

  it('was only slow: its news that the mail is out sets things right', async () => {
    const mail = await planned({ to: 'slowack' });
    const running = test.run('send');
    await sink.whenStored(1);
    test.clock.advance(11 * MINUTE_MS);
    await test.run('leases');
    expect((await now(mail)).state).toBe('delivery_unknown');

    sink.acknowledge();
    await running;

    expect(await now(mail)).toMatchObject({ state: 'sent', enrollmentState: 'active', stage: 'contacting' });
    expect(sink.stored).toHaveLength(1);
  });
});

it('touches nothing of another workspace than the mail’s own', async () => {
  const other = await test.makeWorkspace();
  const theirs = await makePlannedMail(test.db, other.workspaceId, { port: sink.port, to: 'rcpt550' });

  await test.run('send');

  const [{ count }] = await test.db.query('SELECT count(*)::int FROM suppressions WHERE workspace_id = $1 AND value = $2', [
    workspaceId(),
    theirs.email,
  ]);
  expect(count).toBe(0);
  expect(await mailNow(test.db, other.workspaceId, theirs.messageId)).toMatchObject({ state: 'failed' });
});

async function suppress(mail: PlannedMail, { inProject = false } = {}): Promise<unknown> {
  const [row] = await test.db.query('SELECT project_id AS id FROM opportunities WHERE workspace_id = $1 AND id = $2', [
    workspaceId(),
    mail.opportunityId,
  ]);
  // as by another process: nothing is stopped by it, so only the last look can see it
  const wish = { kind: 'address', value: mail.email, reason: 'asked', source: 'bounce', projectId: inProject ? row.id : null } as const;
  return test.db.transaction((tx) => test.app.get(Suppressions).add(tx, test.owner.actor, wish));
}

function set(table: string, id: string, change: string): Promise<unknown> {
  return test.db.query(`UPDATE ${table} SET ${change} WHERE workspace_id = $1 AND id = $2`, [workspaceId(), id]);
}

async function tasksOf(mail: PlannedMail): Promise<string[]> {
  const tasks: { kind: string }[] = await test.db.query('SELECT kind FROM tasks WHERE workspace_id = $1 AND opportunity_id = $2', [
    workspaceId(),
    mail.opportunityId,
  ]);
  return tasks.map(({ kind }) => kind);
}

async function mailboxOf(mail: PlannedMail): Promise<unknown> {
  const [row] = await test.db.query('SELECT state, state_reason AS reason FROM mailboxes WHERE workspace_id = $1 AND id = $2', [
    workspaceId(),
    mail.mailboxId,
  ]);
  return row;
}

async function eventsOf(type: string, mailboxId: string): Promise<number> {
  const [{ count }] = await test.db.query(
    `SELECT count(*)::int FROM events WHERE workspace_id = $1 AND type = $2 AND data->'object'->>'mailboxId' = $3`,
    [workspaceId(), type, mailboxId],
  );
  return count;
}
