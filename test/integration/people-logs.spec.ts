import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import request from 'supertest';
import { MisbehavingSmtp } from '../support/misbehaving-smtp.js';
import { createTestDatabase } from '../support/test-database.js';

const SETUP_TOKEN = 'a-setup-token-of-thirty-two-characters-and-more';
const OWNER = { workspaceName: 'Tea links', name: 'Owen Leafwood', email: 'owen@tea.example', password: 'correct horse battery' };
const GUEST = { name: 'Greta Steep', email: 'greta@tea.example', password: 'a password of her own' };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('what the process says while people come and go', () => {
  const closing: (() => Promise<unknown> | boolean)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it('names no token, no password and nobody, however much it is told to say', async () => {
    const [database, sink, port] = [await createTestDatabase(), await MisbehavingSmtp.start(), await freePort()];
    closing.push(
      () => database.drop(),
      () => sink.stop(),
    );
    const child = spawn(process.execPath, ['dist/server/main.js'], {
      cwd: join(import.meta.dirname, '../..'),
      env: {
        ...{
          PATH: process.env['PATH'],
          RESTORE_GUARD_DIR: tmpdir(),
          DATABASE_URL: database.url,
          SECRET_KEY: randomBytes(32).toString('base64'),
          PORT: String(port),
        },
        ...{ HOST: '127.0.0.1', LOG_LEVEL: 'trace', SETUP_TOKEN, SYSTEM_SMTP_URL: `smtp://127.0.0.1:${sink.port}` },
      },
    });
    closing.push(() => child.kill('SIGKILL'));
    let said = '';
    const ready = new Promise<void>((resolve) => {
      const keep = (chunk: Buffer): void => {
        said += chunk.toString();
        if (said.includes('Linkwright is ready')) resolve();
      };
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
    });
    const ended = once(child, 'exit');
    let mails = 0;
    const nextToken = async (): Promise<string> => {
      mails += 1;
      await sink.whenStored(mails);
      const mail = await simpleParser(Buffer.from(sink.stored[mails - 1]?.raw ?? '', 'latin1'));
      return /#token=(\S+)/.exec(mail.text ?? '')?.[1] ?? '';
    };
    await ready;
    const call = (method: 'post' | 'put' | 'get', path: string, body: object = {}, cookie = '') =>
      request(`http://127.0.0.1:${port}`)[method](`/api/v1${path}`).set('cookie', cookie).send(body);

    const setUp = await call('post', '/auth/setup', { setupToken: SETUP_TOKEN, ...OWNER }).expect(201);
    const cookie = String((setUp.headers['set-cookie'] as unknown as string[])[0]).split(';')[0] ?? '';
    await call('post', '/invitations', { email: GUEST.email, role: 'member' }, cookie).expect(201);
    const invitation = await nextToken();
    await call('put', '/auth/invitations/accept', { token: invitation }).expect(405);
    await call('post', '/auth/invitations/open', { token: invitation }).expect(200);
    await call('post', '/auth/invitations/accept', { token: invitation }).expect(422);
    await call('post', '/auth/invitations/accept', { token: invitation, ...GUEST }).expect(400);
    await call('post', '/auth/invitations/accept', { token: invitation, name: GUEST.name, password: GUEST.password }).expect(201);
    await call('post', '/auth/password-reset', { email: GUEST.email }).expect(202);
    const reset = await nextToken();
    await call('put', '/auth/password-reset/complete', { token: reset }).expect(405);
    await call('post', '/auth/password-reset/complete', { token: reset, password: 'quite another password' }).expect(204);
    await nextToken(); // that the password was changed
    child.kill('SIGTERM');
    await ended;

    const secrets = [invitation, reset, SETUP_TOKEN, cookie.split('=')[1] ?? '', OWNER.password, GUEST.password, 'quite another password'];
    expect(secrets.every((secret) => secret.length > 10)).toBe(true);
    expect(said.split('\n').length).toBeGreaterThan(10);
    for (const secret of [...secrets, OWNER.email, OWNER.name, GUEST.email, GUEST.name]) expect(said).not.toContain(secret);
  });
});
