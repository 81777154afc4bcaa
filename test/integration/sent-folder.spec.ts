import { HOUR_MS, MINUTE_MS } from '../../src/platform/clock.js';
import { SentFolder } from '../../src/platform/mail/imap/sent-folder.js';
import { makeMailbox } from '../support/factories.js';
import { ImapServer, type ImapServerOptions } from '../support/imap-server.js';
import { type PlannedMail, sendingWorld } from '../support/sending-world.js';
import { TEST_START } from '../support/test-app.js';

const world = sendingWorld();
const api = () => world.test.as(world.test.owner.key);
let imap: ImapServer;

beforeEach(async () => {
  imap = await ImapServer.start({ password: 'secret-of-imap' });
});
afterEach(async () => {
  await imap.stop();
  await world.test.db.query('/* all-workspaces: each test has its own */ UPDATE mailboxes SET imap_host = NULL');
});

/** A mail that its server stored, or may have stored, without saying so; its mailbox has IMAP. */
const lost = async (over: { to?: string; password?: string; port?: number } = {}): Promise<PlannedMail & { rfcMessageId: string }> => {
  const mail = await world.planned({ to: over.to ?? 'dropack' });
  const settings = { host: '127.0.0.1', port: over.port ?? imap.port, security: 'none', user: 'ann', password: over.password ?? 'secret-of-imap' };
  await api().patch(`/mailboxes/${mail.mailboxId}`, { imap: settings }, '*').expect(200);
  await world.test.run('send');
  const { body } = await api().get(`/messages/${mail.messageId}`).expect(200);
  expect(body.state).toBe('delivery_unknown');
  return { ...mail, rfcMessageId: body.rfcMessageId };
};
const rawOf = (id: string): string => `Message-ID: <${id}>\r\nSubject: x\r\n\r\nHello`;

describe('a mail of unknown fate', () => {
  it('counts as sent once it stands in the folder of sent mails, and its sequence goes on', async () => {
    const mail = await lost();
    imap.sent.push(rawOf('another@shop.example'), rawOf(mail.rfcMessageId));

    await world.test.run('reconcile');

    expect(await world.now(mail)).toMatchObject({
      ...{ state: 'sent', enrollmentState: 'active', stage: 'contacting', sentAt: TEST_START },
      lastResponse: 'Found in the folder of sent mails.',
    });
    expect((await world.now(mail)).enrollmentNextAt).not.toBeNull();
    await world.test.run('send');
    expect(world.sink.stored).toHaveLength(1);
  });

  it('stays as it is while it does not stand there, and is looked for again, not at once', async () => {
    const mail = await lost();
    imap.sent.push(rawOf(`more-${mail.rfcMessageId}`));
    await world.test.run('reconcile');
    const looks = imap.commands.length;

    imap.sent.push(rawOf(mail.rfcMessageId));
    await world.test.run('reconcile');
    expect(imap.commands).toHaveLength(looks);
    expect((await world.now(mail)).state).toBe('delivery_unknown');

    world.test.clock.advance(5 * MINUTE_MS);
    await world.test.run('reconcile');
    expect((await world.now(mail)).state).toBe('sent');
  });

  it('is looked for once, when three workers look at the same time', async () => {
    const mail = await lost();
    imap.sent.push(rawOf(mail.rfcMessageId));

    await Promise.all([world.test.run('reconcile'), world.test.run('reconcile'), world.test.run('reconcile')]);

    expect(imap.commands.filter((line) => line.includes('LOGIN'))).toHaveLength(1);
    expect((await world.now(mail)).state).toBe('sent');
  });

  it('is not taken for sent by an old copy, once a person has sent it again', async () => {
    const mail = await lost();
    await api().post(`/messages/${mail.messageId}/resolve`, { outcome: 'resend', reason: 'Nobody answered.' }).set('if-match', '*').expect(200);
    imap.sent.push(rawOf(mail.rfcMessageId));

    await world.test.run('reconcile');

    expect((await world.now(mail)).state).toBe('scheduled');
    expect(imap.commands).toEqual([]);
  });

  it.each<[string, Parameters<typeof lost>[0], ImapServerOptions]>([
    ['the login fails', { password: 'wrong' }, {}],
    ['nobody listens', { port: 9 }, {}],
    ['there is no such folder', {}, { noSentFolder: true }],
  ])('stays as it is when %s', async (_, over, options) => {
    const server = await ImapServer.start({ password: 'secret-of-imap', ...options });
    const mail = await lost({ port: server.port, ...over });
    server.sent.push(rawOf(mail.rfcMessageId));

    await world.test.run('reconcile');
    await server.stop();

    expect((await world.now(mail)).state).toBe('delivery_unknown');
  });

  it('is given up after a week', async () => {
    const mail = await lost();
    imap.sent.push(rawOf(mail.rfcMessageId));
    world.test.clock.advance(8 * 24 * HOUR_MS);

    await world.test.run('reconcile');

    expect(imap.commands).toEqual([]);
  });
});

describe('a mailbox with IMAP', () => {
  const settings = (over: object = {}) => ({
    host: '127.0.0.1',
    port: imap.port,
    security: 'none',
    user: 'ann',
    password: 'secret-of-imap',
    ...over,
  });
  const withImap = async (change: object) => {
    const { id } = await makeMailbox(world.test.db, world.workspaceId, { smtpPort: world.sink.port });
    await api().patch(`/mailboxes/${id}`, change, '*').expect(200);
    return id;
  };

  it('is tried at both servers by its test', async () => {
    const good = await withImap({ imap: settings() });
    const bad = await withImap({ imap: settings({ password: 'wrong' }) });

    expect((await api().post(`/mailboxes/${good}/test`).expect(200)).body).toEqual({
      ...{ ok: true, detail: 'Connected; the server asks for no login.' },
      imap: { ok: true, detail: 'Logged in; the folder of sent mails is there.' },
    });
    const { body } = await api().post(`/mailboxes/${bad}/test`).expect(200);
    expect(body).toMatchObject({ ok: false, imap: { ok: false, detail: expect.stringContaining('wrong user or password') } });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('gets a copy of each sent mail when it asks for it, and none of a refused one', async () => {
    const mailboxId = await withImap({ imap: settings(), sentCopy: true });
    await world.planned({ mailboxId });
    await world.planned({ mailboxId, to: 'rcpt450' });

    await world.test.run('send');

    expect(imap.sent).toEqual([world.sink.stored[0]?.raw]);
  });

  it('gets none unless it asks, and a copy that fails takes nothing from the mail', async () => {
    const quiet = await world.planned({ mailboxId: await withImap({ imap: settings() }) });
    const deaf = await world.planned({ mailboxId: await withImap({ imap: settings({ port: 9 }), sentCopy: true }) });

    await world.test.run('send');

    expect([(await world.now(quiet)).state, (await world.now(deaf)).state]).toEqual(['sent', 'sent']);
    expect(imap.sent).toEqual([]);
  });

  describe('whose folder cannot be reached when a mail leaves', () => {
    let mail: PlannedMail;

    beforeEach(async () => {
      mail = await world.planned({ mailboxId: await withImap({ imap: settings({ port: 9 }), sentCopy: true }) });
      await world.test.run('send');
      expect((await world.now(mail)).state).toBe('sent');
    });
    const reachable = () => api().patch(`/mailboxes/${mail.mailboxId}`, { imap: settings() }, '*').expect(200);
    const later = async (ms: number): Promise<void> => {
      world.test.clock.advance(ms);
      await world.test.run('copies');
    };

    it('gets its copy later, once, as the mail was', async () => {
      await later(5 * MINUTE_MS);
      await reachable();
      await world.test.run('copies');
      expect(imap.sent).toEqual([]); // the next try is not due yet

      await later(10 * MINUTE_MS);
      await later(HOUR_MS);

      const [sent] = world.sink.stored;
      expect(imap.sent).toHaveLength(1);
      expect(imap.sent[0]).toContain(`Message-ID: <${sent?.messageId}>`);
      expect(imap.sent[0]).toContain(`Date: ${/^Date: (.*)$/m.exec(sent?.raw ?? '')?.[1] ?? '?'}`);
    });

    it('gets none that stands there already: whoever put it there died before it was written down', async () => {
      imap.sent.push(world.sink.stored[0]?.raw ?? '');
      await reachable();

      await later(5 * MINUTE_MS);
      await later(HOUR_MS);

      expect(imap.sent).toHaveLength(1);
    });

    it('gets one, when three workers look at the same time', async () => {
      await reachable();
      world.test.clock.advance(5 * MINUTE_MS);

      await Promise.all([world.test.run('copies'), world.test.run('copies'), world.test.run('copies')]);

      expect(imap.sent).toHaveLength(1);
    });

    it('is given up after three days', async () => {
      for (let hours = 0; hours < 5 * 24; hours += 6) await later(6 * HOUR_MS);
      await reachable();

      await later(24 * HOUR_MS);

      expect(imap.sent).toEqual([]);
    });

    it('gets none any more once nobody wants copies', async () => {
      await api().patch(`/mailboxes/${mail.mailboxId}`, { imap: settings(), sentCopy: false }, '*').expect(200);
      await later(5 * MINUTE_MS);
      await api().patch(`/mailboxes/${mail.mailboxId}`, { sentCopy: true }, '*').expect(200);
      await later(24 * HOUR_MS);

      expect(imap.sent).toEqual([]);
    });
  });

  it('never speaks without encryption to a server that must have it', async () => {
    const folder = new SentFolder({ resolve: () => Promise.resolve(['127.0.0.1']) });

    const check = await folder.verify({ host: 'imap.example', port: imap.port, security: 'starttls', user: 'ann', password: 'secret-of-imap' });

    expect(check.ok).toBe(false);
    expect(imap.commands.join('\n')).not.toContain('secret-of-imap');
  });
});
