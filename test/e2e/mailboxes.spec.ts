import { startLoopbackDns, type LoopbackDns } from '../support/loopback-dns.js';
import { MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { type Caller, createTestApp, type TestApp } from '../support/test-app.js';

const idsOf = (list: { readonly body: { readonly data: readonly { readonly id: string }[] } }) => list.body.data.map((row) => row.id);

/** What a request is changed by; the server's part is merged. */
type Part = Readonly<Record<string, unknown>> & { readonly smtp?: object };

describe('mailboxes', () => {
  let dns: LoopbackDns;
  let test: TestApp;
  let api: Caller;
  let other: Caller;

  beforeAll(async () => {
    const addresses: Record<string, string[]> = {
      'smtp.inside.example': ['127.0.0.1'],
      'smtp.outside.example': ['93.184.215.14'],
      'smtp.mixed.example': ['93.184.215.14', '10.1.2.3'],
    };
    dns = await startLoopbackDns((name) => addresses[name] ?? []);
    test = await createTestApp({ env: { DNS_SERVERS: dns.address } });
    api = test.as(test.owner.key);
    other = test.as((await test.makeWorkspace()).key);
  });

  afterAll(async () => {
    await test.close();
    dns.close();
  });

  const smtp = (over: object = {}) => ({
    host: 'smtp.outside.example',
    port: 587,
    security: 'starttls',
    user: 'ann',
    password: 'secret-of-ann',
    ...over,
  });
  const request = (over: object = {}) => ({ name: 'Ann', fromName: 'Ann of Tea', fromAddress: 'Ann@Shop.example', smtp: smtp(), ...over });
  const mailbox = async (over: object = {}) => (await api.post('/mailboxes', request(over)).expect(201)).body;

  it('are connected with careful limits and never show a secret', async () => {
    const imap = { host: 'smtp.outside.example', port: 993, security: 'tls', user: 'ann', password: 'secret-of-imap' };

    const response = await api.post('/mailboxes', request({ imap, signature: 'Ann' })).expect(201);

    expect(response.body).toEqual({
      ...{ id: expect.any(String), version: 1, name: 'Ann', fromName: 'Ann of Tea', fromAddress: 'ann@shop.example' },
      ...{ linkDomain: null, linkDomainVerifiedAt: null },
      smtp: { host: 'smtp.outside.example', port: 587, security: 'starttls', auth: 'password', user: 'ann', hasPassword: true },
      imap: { host: imap.host, port: 993, security: 'tls', user: 'ann', hasPassword: true },
      limits: { perDay: 40, perHour: 8, gapSeconds: 90, ramp: { start: 5, step: 5, daysSent: 0 } },
      ...{ dkim: null, sentCopy: false, alarm: null },
      ...{ signature: 'Ann', window: null, state: 'connected', stateReason: null, lastCheck: null, createdAt: test.clock.now().toISOString() },
    });
    const { id } = response.body;
    const read = await api.get(`/mailboxes/${id}`).expect(200);
    const list = await api.get('/mailboxes?filter[state]=connected').expect(200);
    expect(read.body).toEqual(response.body);
    expect(list.body.data[0]).toEqual(response.body);
    expect(response.text + read.text + list.text).not.toMatch(/secret|ealed/);
    const [stored] = await test.db.query('SELECT to_jsonb(m) AS row FROM mailboxes m WHERE workspace_id = $1 AND id = $2', [
      test.owner.workspaceId,
      id,
    ]);
    expect(JSON.stringify(stored)).not.toContain('secret-of');
  });

  it('take limits of their own', async () => {
    expect((await mailbox({ limits: { perDay: 5, gapSeconds: 0 } })).limits).toEqual({ perDay: 5, perHour: 8, gapSeconds: 0, ramp: null });
  });

  it('grow as they are told, anew whenever that is said, or not at all', async () => {
    const made = await mailbox({ limits: { ramp: { start: 10, step: 3 } } });
    expect(made.limits).toEqual({ perDay: 40, perHour: 8, gapSeconds: 90, ramp: { start: 10, step: 3, daysSent: 0 } });

    const { body } = await api.patch(`/mailboxes/${made.id}`, { limits: { ramp: null } }, '*').expect(200);
    expect(body).toMatchObject({ limits: { perDay: 40, ramp: null } });
  });

  it('have hours of their own, which must be some', async () => {
    const window = { days: [1, 2], from: '09:00', to: '17:00', hours: { '5': [{ from: '10:00', to: '12:00' }] } };
    expect((await mailbox({ window })).window).toEqual(window);

    const { body } = await api.post('/mailboxes', request({ window: { ...window, hours: { '5': [{ from: '12:00', to: '12:00' }] } } })).expect(422);
    expect(body).toMatchObject({ code: 'empty_window' });
  });

  it.each<[string, Part, string, string]>([
    ['an unencrypted server outside', { smtp: { host: 'smtp.outside.example', security: 'none' } }, 'tls_required', '/smtp/security'],
    ['an unencrypted server nobody knows', { smtp: { host: 'smtp.nowhere.example', security: 'none' } }, 'tls_required', '/smtp/security'],
    ['a server inside', { smtp: { host: '10.0.0.7' } }, 'target_not_public', '/smtp/host'],
    ['a server inside, as IPv6', { smtp: { host: '::ffff:10.0.0.7' } }, 'target_not_public', '/smtp/host'],
    ['a server with one leg inside', { smtp: { host: 'smtp.mixed.example' } }, 'target_not_public', '/smtp/host'],
    ['the metadata service', { smtp: { host: '169.254.169.254' } }, 'target_not_public', '/smtp/host'],
    [
      'an IMAP server inside',
      { imap: { host: '192.168.0.1', port: 993, security: 'tls', user: 'a', password: 'b' } },
      'target_not_public',
      '/imap/host',
    ],
    ['a user without password', { smtp: { password: null } }, 'password_required', '/smtp/password'],
    ['a password without user', { smtp: { user: null } }, 'user_required', '/smtp/user'],
    ['OAuth, which does not exist yet', { smtp: { auth: 'oauth' } }, 'oauth_not_available', '/smtp/auth'],
    ['no address', { fromAddress: 'ann at shop' }, 'invalid_email', '/fromAddress'],
  ])('refuse %s with 422', async (_, part, code, pointer) => {
    const { body } = await api.post('/mailboxes', request({ ...part, smtp: smtp(part.smtp) })).expect(422);

    expect(body).toMatchObject({ code, errors: [{ pointer }] });
  });

  it("refuse the product's own database as a mail server", async () => {
    const port = Number(new URL(test.config.DATABASE_URL ?? '').port);

    const { body } = await api.post('/mailboxes', request({ smtp: smtp({ host: '127.0.0.1', port }) })).expect(422);

    expect(body.code).toBe('target_not_public');
  });

  it.each<[string, Part, string]>([
    ['a port out of range', { smtp: { port: 70_000 } }, '/smtp/port'],
    ['an unknown security', { smtp: { security: 'ssl' } }, '/smtp/security'],
    ['a host with a path', { smtp: { host: 'smtp.example/x' } }, '/smtp/host'],
    ['a host with a line break', { smtp: { host: 'smtp.example\n' } }, '/smtp/host'],
    ['a name with a header in it', { fromName: 'Ann\r\nBcc: x@y.example' }, '/fromName'],
    ['a limit of nothing', { limits: { perDay: 0 } }, '/limits/perDay'],
    ['an unknown field inside', { smtp: { tls: true } }, '/smtp/tls'],
  ])('refuse %s with 400', async (_, part, pointer) => {
    const { body } = await api.post('/mailboxes', request({ ...part, smtp: smtp(part.smtp) })).expect(400);

    expect(body.errors[0].pointer).toBe(pointer);
  });

  it('refuse a body without server with 400', async () => {
    const { body } = await api.post('/mailboxes', { name: 'Ann', fromName: 'Ann', fromAddress: 'ann@shop.example' }).expect(400);

    expect(body.errors).toEqual([{ pointer: '/smtp', detail: 'is required' }]);
  });

  describe('changes', () => {
    it('leave the password alone when the server stays', async () => {
      const { id } = await mailbox();

      const { body } = await api
        .patch(`/mailboxes/${id}`, { name: 'Bob', smtp: { port: 587 }, limits: { perHour: 3 }, signature: 'B' }, '"1"')
        .expect(200);

      expect(body).toMatchObject({ version: 2, name: 'Bob', limits: { perDay: 40, perHour: 3 }, signature: 'B', smtp: { hasPassword: true } });
      await api.patch(`/mailboxes/${id}`, { name: 'Late' }, '"1"').expect(412);
      await api.patch(`/mailboxes/${id}`, { name: 'Blind' }).expect(428);
    });

    it.each([{ host: 'smtp.elsewhere.example' }, { port: 25 }, { security: 'tls' }, { user: 'bob' }])(
      'never hand the stored password to another server: %j',
      async (change) => {
        const { id } = await mailbox();

        const refused = await api.patch(`/mailboxes/${id}`, { smtp: change }, '*').expect(422);
        const taken = await api.patch(`/mailboxes/${id}`, { smtp: { ...change, password: 'again' } }, '*').expect(200);

        expect(refused.body.code).toBe('password_required');
        expect(taken.body.smtp).toMatchObject(change);
      },
    );

    it('take a server without login, and take IMAP away', async () => {
      const imap = { host: 'smtp.outside.example', port: 993, security: 'tls', user: 'ann', password: 'x' };
      const { id } = await mailbox({ imap });

      const { body } = await api.patch(`/mailboxes/${id}`, { smtp: { user: null, password: null }, imap: null }, '"1"').expect(200);

      expect(body).toMatchObject({ smtp: { user: null, hasPassword: false }, imap: null });
    });

    it('are held to the same rules as a new one', async () => {
      const { id } = await mailbox();

      const inside = await api.patch(`/mailboxes/${id}`, { smtp: { host: '10.0.0.1', password: 'x' } }, '*').expect(422);
      const plain = await api.patch(`/mailboxes/${id}`, { smtp: { security: 'none', password: 'x' } }, '*').expect(422);
      await api.patch(`/mailboxes/${id}`, { fromName: null }, '*').expect(400);

      expect([inside.body.code, plain.body.code]).toEqual(['target_not_public', 'tls_required']);
      expect((await api.get(`/mailboxes/${id}`)).body.version).toBe(1);
    });

    it('take a mailbox out of use and back', async () => {
      const { id } = await mailbox();

      const off = await api.patch(`/mailboxes/${id}`, { state: 'disabled' }, '"1"').expect(200);
      const listed = await api.get('/mailboxes?filter[state]=disabled').expect(200);
      const on = await api.patch(`/mailboxes/${id}`, { state: 'connected' }, '"2"').expect(200);

      expect([off.body.state, on.body.state]).toEqual(['disabled', 'connected']);
      expect(idsOf(listed)).toEqual([id]);
    });

    it('bring a mailbox back that the server had refused, once it gets a new password', async () => {
      const { id } = await mailbox();
      await test.db.query(`UPDATE mailboxes SET state = 'needs_reconnect', state_reason = '535' WHERE workspace_id = $1 AND id = $2`, [
        test.owner.workspaceId,
        id,
      ]);

      const { body } = await api.patch(`/mailboxes/${id}`, { smtp: { password: 'new' } }, '*').expect(200);

      expect(body).toMatchObject({ state: 'connected', stateReason: null });
    });
  });

  describe('tests', () => {
    const withSink = async (work: (sink: MisbehavingSmtp) => Promise<void>) => {
      const sink = await MisbehavingSmtp.start({ password: 'secret-of-ann' });
      try {
        await work(sink);
      } finally {
        await sink.stop();
      }
    };
    const inside = (port: number, over: object = {}) => ({ smtp: smtp({ host: 'smtp.inside.example', port, security: 'none', ...over }) });

    it('log in and send nothing', async () => {
      await withSink(async (sink) => {
        const { id } = await mailbox(inside(sink.port));

        const { body } = await api.post(`/mailboxes/${id}/test`).expect(200);

        expect(body).toEqual({ ok: true, detail: 'Connected and logged in.' });
        expect(sink.stored).toEqual([]);
      });
    });

    it('say why the login fails', async () => {
      await withSink(async (sink) => {
        const { id } = await mailbox(inside(sink.port, { password: 'not-hers' }));

        const { body } = await api.post(`/mailboxes/${id}/test`).expect(200);

        expect(body).toEqual({ ok: false, detail: expect.stringContaining('535') });
        expect(body.detail).not.toContain('not-hers');
      });
    });

    it('say that a name does not resolve', async () => {
      const { id } = await mailbox({ smtp: smtp({ host: 'smtp.nowhere.example' }) });

      const { body } = await api.post(`/mailboxes/${id}/test`).expect(200);

      expect(body).toEqual({ ok: false, detail: expect.stringContaining('does not resolve') });
    });
  });

  it('are invisible to other workspaces', async () => {
    const { id } = await mailbox();

    await other.get(`/mailboxes/${id}`).expect(404);
    await other.patch(`/mailboxes/${id}`, { name: 'Stolen' }, '*').expect(404);
    await other.post(`/mailboxes/${id}/test`).expect(404);
    expect((await other.get('/mailboxes').expect(200)).body.data).toEqual([]);
  });

  it('are seen by members, changed by managers, and hidden from viewers', async () => {
    const [viewer, member, manager] = await Promise.all(
      (['viewer', 'member', 'manager'] as const).map(async (role) => test.as(await test.makeKey(role))),
    );

    await viewer!.get('/mailboxes').expect(403);
    await member!.get('/mailboxes').expect(200);
    await member!.post('/mailboxes', request()).expect(403);
    await manager!.post('/mailboxes', request()).expect(201);
  });
});
