import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SendOutcome } from '../../src/platform/mail/smtp/send-outcome.js';
import { headerOf } from '../support/misbehaving-smtp.js';
import { accountAt, aMail, smtpSenders } from '../support/smtp-senders.js';

const { closeLater, startSink, aSender } = smtpSenders();

describe('SmtpSender', () => {
  it('sends the next mail over the same connection, also after a refusal', async () => {
    const sink = await startSink();
    const sender = aSender({ connectionsPerMailbox: 1 });
    const kinds: SendOutcome['kind'][] = [];

    for (const name of ['ok', 'rcpt550', 'data451', 'ok+2']) {
      kinds.push((await sender.send(accountAt(sink.port), await aMail({ to: { email: `${name}@prospect.example` } }))).kind);
    }

    expect(kinds).toEqual(['sent', 'refused_permanent', 'refused_temporary', 'sent']);
    expect(sink.connections).toBe(1);
  });

  it('counts a kept connection that the server has closed as not begun, or takes a new one', async () => {
    const sink = await startSink();
    const sender = aSender({ connectionsPerMailbox: 1 });
    await sender.send(accountAt(sink.port), await aMail());
    let begun = 0;

    // no wait for the client to notice: both orders are right, a mail taken twice or lost is not
    const closed = sink.closeConnections();
    const outcome = await sender.send(accountAt(sink.port), await aMail({ messageId: 'two@tea.example' }), { onDataBegun: () => (begun += 1) });
    await closed;

    expect(['sent', 'not_begun']).toContain(outcome.kind);
    expect(begun).toBe(outcome.kind === 'sent' ? 1 : 0);
    expect(sink.stored).toHaveLength(outcome.kind === 'sent' ? 2 : 1);
  });

  it('connects anew once it has noticed', async () => {
    const sink = await startSink();
    const sender = aSender({ connectionsPerMailbox: 1 });
    await sender.send(accountAt(sink.port), await aMail());

    await sink.closeConnections();
    const outcome = await sender.send(accountAt(sink.port), await aMail());

    expect(outcome.kind).toBe('sent');
    expect(sink.connections).toBe(2);
  });

  it('has begun nothing when nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));

    expect(await aSender().send(accountAt(port), await aMail())).toMatchObject({
      kind: 'not_begun',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('has begun nothing when the address is refused, and connects nowhere', async () => {
    const sink = await startSink();
    const sender = aSender({ resolve: () => Promise.reject(new Error('127.0.0.1 is an inner address')) });

    expect(await sender.send(accountAt(sink.port, { host: '127.0.0.1' }), await aMail())).toEqual({
      kind: 'not_begun',
      detail: '127.0.0.1 is an inner address',
    });
    expect(sink.connections).toBe(0);
  });

  it('goes to the address that was checked, whatever the name is', async () => {
    const sink = await startSink();
    const asked: string[] = [];
    const sender = aSender({ resolve: (host) => (asked.push(host), Promise.resolve(['127.0.0.1'])) });

    expect((await sender.send(accountAt(sink.port, { host: 'nowhere.invalid' }), await aMail())).kind).toBe('sent');
    expect(asked).toEqual(['nowhere.invalid']);
  });

  it.each([
    ['a greeting that refuses', { greeting: '554 5.7.1 go away' }, { kind: 'refused_permanent', fault: 'sender', stage: 'session' }],
    ['a greeting that closes', { greeting: '421 4.3.2 busy' }, { kind: 'refused_temporary', scope: 'mailbox', stage: 'session' }],
    ['a wrong password', { password: 'right' }, { kind: 'refused_permanent', code: 535, fault: 'sender', stage: 'session' }],
  ])('blames the mailbox for %s', async (_, options, expected) => {
    const sink = await startSink(options);

    expect(await aSender().send(accountAt(sink.port, { user: 'u', password: 'wrong' }), await aMail())).toMatchObject(expected);
  });

  it('gives up on a server that stays silent', async () => {
    const sink = await startSink();
    const sender = aSender({ timeoutsMs: { socket: 50 } });

    expect(await sender.send(accountAt(sink.port), await aMail({ to: { email: 'slowack@prospect.example' } }))).toMatchObject({ kind: 'unknown' });
  });

  it('waits longer for a greeting than for a connection', async () => {
    const sink = await startSink({ greetMs: 300 });
    const sender = aSender({ timeoutsMs: { connection: 100, greeting: 20_000 } });

    expect((await sender.send(accountAt(sink.port), await aMail())).kind).toBe('sent');
  });

  it('has begun nothing when no greeting comes', async () => {
    const sink = await startSink({ greetMs: 60_000 });
    const sender = aSender({ timeoutsMs: { connection: 20, greeting: 30 } });

    expect((await sender.send(accountAt(sink.port), await aMail())).kind).toBe('not_begun');
    expect(sink.commands).toEqual([]);
  });

  it('sends nothing in clear when STARTTLS is wanted and not offered', async () => {
    const sink = await startSink({ password: 'p' });

    const outcome = await aSender().send(accountAt(sink.port, { security: 'starttls', user: 'u', password: 'p' }), await aMail());

    expect(outcome).toMatchObject({ kind: 'refused_permanent', fault: 'sender', stage: 'session' });
    expect(sink.commands.map((line) => line.split(' ')[0])).toEqual(['EHLO', 'STARTTLS']);
  });

  it.each(['tls', 'starttls'] as const)('trusts no certificate that nobody vouches for (%s)', async (security) => {
    const server = new SMTPServer({ secure: security === 'tls', authOptional: true, logger: false });
    server.on('error', () => undefined); // the client hangs up in the middle of the handshake, as it should
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    closeLater(
      () =>
        new Promise((resolve) => {
          server.close(resolve);
        }),
    );
    const { port } = server.server.address() as { port: number };

    expect(await aSender().send(accountAt(port, { security, host: 'localhost' }), await aMail())).toMatchObject({
      kind: 'not_begun',
      detail: expect.stringMatching(/certificate/i),
    });
  });

  it('takes up changed settings', async () => {
    const sink = await startSink({ password: 'right' });
    const sender = aSender();

    const wrong = await sender.send(accountAt(sink.port, { user: 'u', password: 'wrong' }), await aMail());
    const right = await sender.send(accountAt(sink.port, { user: 'u', password: 'right' }), await aMail());

    expect([wrong.kind, right.kind]).toEqual(['refused_permanent', 'sent']);
  });

  it('waits for the mail under way when it closes, and takes no other', async () => {
    const sink = await startSink();
    const sender = aSender();
    const sending = sender.send(accountAt(sink.port), await aMail({ to: { email: 'slowack@prospect.example' } }));
    await sink.whenStored(1);

    const closed = sender.close();
    const refused = await sender.send(accountAt(sink.port), await aMail());
    sink.acknowledge();
    await closed;

    expect((await sending).kind).toBe('sent');
    expect(refused.kind).toBe('not_begun');
  });

  it('tells whether a mailbox works', async () => {
    const sink = await startSink({ password: 'right' });

    expect(await aSender().verify(accountAt(sink.port, { user: 'u', password: 'right' }))).toEqual({ ok: true });
    expect(await aSender().verify(accountAt(sink.port, { user: 'u', password: 'wrong' }))).toEqual({
      ok: false,
      detail: expect.stringContaining('535 5.7.8'),
      loginRefused: true,
    });
    expect(sink.stored).toEqual([]);
  });

  it('says nothing about this machine or program', async () => {
    const sink = await startSink();
    await aSender().send(accountAt(sink.port), await aMail());

    expect(sink.commands[0]).toBe('EHLO tea.example');
    expect(sink.stored[0]!.raw).not.toMatch(/mailer|NmP|linkwright|version \d|127\.0\.0\.1/i);
  });

  it('delivers the message byte by byte as it was composed, lone dots included', async () => {
    const sink = await startSink();
    const mail = await aMail({
      dkim: { domain: 'tea.example', selector: 's1', privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey },
    });

    await aSender().send(accountAt(sink.port), mail);

    const [stored] = sink.stored;
    expect(stored).toMatchObject({ from: 'desk@tea.example', rcpt: ['ok@prospect.example'], messageId: 'abc@tea.example' });
    expect(Buffer.from(stored!.raw, 'latin1').equals(mail.raw)).toBe(true);
    expect(headerOf(stored!.raw)).toMatch(/^DKIM-Signature: .*h=[^;]*list-unsubscribe:list-unsubscribe-post;/i);
  });
});
