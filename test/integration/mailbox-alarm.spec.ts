import { MINUTE_MS } from '../../src/platform/clock.js';
import { expectCatalogued } from '../support/catalogued-events.js';
import { MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { makePlannedMail, sendingWorld } from '../support/sending-world.js';
import { createMailingApp } from '../support/system-mails.js';

const world = sendingWorld();
const api = () => world.test.as(world.test.owner.key);
const count = async (sql: string, ...values: unknown[]): Promise<number> => {
  const [row] = await world.test.db.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM ${sql}`, [world.workspaceId, ...values]);
  return row?.n ?? -1;
};

describe('a server that blocks the sender', () => {
  it('closes the mailbox after one mail: the next contacts are spared until a person has looked', async () => {
    const mail = await world.planned({ to: 'data554' });
    const { mailboxId } = mail;
    await world.test.run('send');
    const next = await world.planned({ mailboxId, message: { nextAt: new Date(world.test.clock.now().getTime() + MINUTE_MS) } });
    world.test.clock.advance(60 * MINUTE_MS);
    await world.test.run('send');

    const closed = await api().get(`/mailboxes/${mailboxId}`).expect(200);
    const explained = await api().get(`/messages/${next.messageId}/explain`).expect(200);
    expect(closed.body).toMatchObject({
      state: 'connected',
      alarm: { code: '5.7.1', detail: '554 5.7.1 refused by policy', at: expect.any(String) },
    });
    expect(await world.now(mail)).toMatchObject({ state: 'failed', stateReason: 'sender_policy' });
    expect(await count('suppressions WHERE workspace_id = $1 AND value = $2', mail.email)).toBe(0);
    expect(await world.now(next)).toMatchObject({ state: 'scheduled', attempts: 0, enrollmentState: 'active' });
    expect(explained.body.gates).toContainEqual({ code: 'mailbox_alarm', open: false, opensAt: null, detail: expect.stringContaining('5.7.1') });
    expect(explained.body.earliestAt).toBeNull();

    const opened = await api().patch(`/mailboxes/${mailboxId}`, { state: 'connected' }, '*').expect(200);
    await world.test.run('send');

    expect(opened.body.alarm).toBeNull();
    expect((await world.now(next)).state).toBe('sent');
  });

  it('is told to people once: a task and an event', async () => {
    const mail = await world.planned({ to: 'data554' });
    const { mailboxId } = mail;
    await world.planned({ mailboxId, to: 'data554' });
    await world.test.run('send');
    await world.test.db.query('UPDATE mailboxes SET alarm_code = NULL, alarm_at = NULL WHERE workspace_id = $1', [world.workspaceId]);
    world.test.clock.advance(60 * MINUTE_MS);
    await world.test.run('send');

    expect(await count(`tasks WHERE workspace_id = $1 AND subject_id = $2 AND kind = 'mailbox_alarm'`, mailboxId)).toBe(1);
    expect(await count(`events WHERE workspace_id = $1 AND type = 'mailbox.alarmed' AND data->'object'->>'id' = $2`, mailboxId)).toBeGreaterThan(0);
    await expectCatalogued(world.test.db);
  });

  it('leaves no work behind once a person has opened the mailbox, and new work when it blocks again', async () => {
    const mail = await world.planned({ to: 'data554' });
    const { mailboxId } = mail;
    const open = () => count(`tasks WHERE workspace_id = $1 AND subject_id = $2 AND kind = 'mailbox_alarm' AND done_at IS NULL`, mailboxId);
    await world.test.run('send');
    await api().patch(`/mailboxes/${mailboxId}`, { name: 'Renamed' }, '*').expect(200);
    expect(await open()).toBe(1);

    await api().patch(`/mailboxes/${mailboxId}`, { state: 'connected' }, '*').expect(200);
    expect(await open()).toBe(0);

    await world.planned({ mailboxId, to: 'data554' });
    world.test.clock.advance(60 * MINUTE_MS);
    await world.test.run('send');
    expect(await open()).toBe(1);
  });

  it('is believed for Gmail’s words about the domain too: the mail is as good as before', async () => {
    const gmail = await MisbehavingSmtp.start({ refusals: { data451: '421 4.7.32 The From: header is not aligned with SPF or DKIM' } });
    const mail = await world.planned({ port: gmail.port, to: 'data451' });
    await world.test.run('send');
    world.test.clock.advance(60 * MINUTE_MS);
    await world.test.run('send');
    await gmail.stop();

    const { body } = await api().get(`/mailboxes/${mail.mailboxId}`).expect(200);
    expect(body.alarm.code).toBe('4.7.32');
    expect(await world.now(mail)).toMatchObject({ state: 'scheduled', attempts: 0, enrollmentState: 'active' });
    expect(gmail.commands.filter((line) => line === 'DATA')).toHaveLength(1);
  });

  it('is no server that does not know the recipient, or is busy', async () => {
    const unknown = await world.planned({ to: 'rcpt550' });
    const busy = await world.planned({ to: 'data451' });
    await world.test.run('send');

    for (const { mailboxId } of [unknown, busy]) expect((await api().get(`/mailboxes/${mailboxId}`).expect(200)).body.alarm).toBeNull();
  });

  it('does not keep the mailbox of another team shut', async () => {
    const other = world.test.as((await world.test.makeWorkspace()).key);
    const mail = await world.planned({ to: 'data554' });
    await world.test.run('send');

    await other.patch(`/mailboxes/${mail.mailboxId}`, { state: 'connected' }, '*').expect(404);
    expect((await api().get(`/mailboxes/${mail.mailboxId}`).expect(200)).body.alarm).not.toBeNull();
  });
});

describe('the owners', () => {
  it('are told by mail, with the server’s words and the way back', async () => {
    const t = await createMailingApp();
    const server = await MisbehavingSmtp.start();
    await makePlannedMail(t.db, t.owner.workspaceId, { port: server.port, to: 'data554' });
    await t.run('send');

    const mail = await t.nextMail();
    await server.stop();
    await t.close();
    expect(mail).toMatchObject({ to: t.owner.email, subject: 'Outreach of Tea links sends no more mail for now' });
    expect(mail.text).toContain('The server said: 554 5.7.1 refused by policy');
  });
});
