import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { openInstallation } from '../../src/platform/secrets/installation.js';
import { SecretBox } from '../../src/platform/secrets/secret-box.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ROOT = join(import.meta.dirname, '../..');
const newKey = (): string => randomBytes(32).toString('base64');

interface Server {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  /** Resolves when the text has been printed. */
  printed(text: string): Promise<void>;
}

describe('the server process', () => {
  let database: TestDatabase;
  const running: ChildProcess[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(async () => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
    await database.drop();
  });

  /** The built product, as `npm start` runs it, with these settings and no others. */
  function start(env: Readonly<Record<string, string>>, nodeOptions: readonly string[] = []): Server {
    const child = spawn(process.execPath, [...nodeOptions, 'dist/server/main.js'], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], RESTORE_GUARD_DIR: tmpdir(), ...env },
    });
    running.push(child);
    let output = '';
    const keep = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    const printed = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (output.includes(text)) resolve();
        };
        child.stdout.on('data', look);
        void ended.then(() => {
          reject(new Error(`The server ended without saying "${text}":\n${output}`));
        });
        look();
      });
    return { child, output: () => output, ended, printed };
  }

  it('serves its probes, and hands everything back on SIGTERM', async () => {
    const [port, metricsPort] = [String(await freePort()), String(await freePort())];
    const server = start({ DATABASE_URL: database.url, SECRET_KEY: newKey(), PORT: port, HOST: '127.0.0.1', METRICS_PORT: metricsPort });
    await server.printed('Linkwright is ready');

    const [alive, ready, hidden] = await Promise.all(['healthz', 'readyz', 'metrics'].map((path) => fetch(`http://127.0.0.1:${port}/${path}`)));
    const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    const body: unknown = await ready?.json();
    const asked = performance.now();
    server.child.kill('SIGTERM');

    expect([alive?.status, ready?.status, hidden?.status, metrics.status]).toEqual([200, 200, 404, 200]);
    expect(body).toEqual({ status: 'ready', checks: { database: 'ok' } });
    expect(await metrics.text()).toContain('# TYPE');
    expect(await server.ended).toBe(0);
    expect(performance.now() - asked).toBeLessThan(20_000);
  });

  it('answers the probes in a worker alone, nothing else, and works on where the port is taken', async () => {
    const settings = { DATABASE_URL: database.url, SECRET_KEY: newKey(), PORT: String(await freePort()), HOST: '127.0.0.1', ROLES: 'worker' };
    const at = (path: string) => fetch(`http://127.0.0.1:${settings.PORT}${path}`);
    const first = start(settings);
    await first.printed('Linkwright is ready');

    const answers = await Promise.all(['/healthz', '/readyz', '/api/v1/projects'].map(at));
    const second = start(settings);
    await second.printed('Linkwright is ready');
    first.child.kill('SIGTERM');

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404]);
    expect(answers[2]?.headers.get('content-type')).toBe('application/problem+json');
    expect(second.output()).toContain('no port for the health probes of this worker');
    expect(await first.ended).toBe(0);
  });

  it('says everything that is wrong with its settings at once, and no value of theirs', async () => {
    const wrong = {
      PORT: 'eighty',
      ROLES: 'api,boss',
      SECRET_KEY: 'hunter2',
      DATABASE_URL: 'mysql://ann:pass@db/x',
      FETCH_ALLOW_CIDRS: 'here',
      SANDBOX: 'perhaps',
    };

    const server = start(wrong);

    expect(await server.ended).toBe(1);
    for (const name of Object.keys(wrong)) expect(server.output()).toContain(`  - ${name} must`);
    for (const value of ['eighty', 'boss', 'hunter2', 'ann:pass', 'here', 'perhaps']) expect(server.output()).not.toContain(value);
  });

  it('refuses a SECRET_KEY that does not open its database', async () => {
    const db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    await openInstallation(db, new SecretBox(newKey()));
    await db.destroy();
    const other = newKey();

    const server = start({ DATABASE_URL: database.url, SECRET_KEY: other, PORT: '0', HOST: '127.0.0.1' });

    expect(await server.ended).toBe(1);
    expect(server.output()).toContain('Cannot start: SECRET_KEY does not open what this database holds.');
    expect(server.output()).not.toContain(other);
  });

  it('says that it cannot reach its database, without the password', async () => {
    const url = `postgres://ann:hunter2@127.0.0.1:${await freePort()}/x`;

    const server = start({ DATABASE_URL: url, SECRET_KEY: newKey() });

    expect(await server.ended).toBe(1);
    expect(server.output()).toContain('Cannot start: connect ECONNREFUSED');
    expect(server.output()).not.toContain('hunter2');
  });

  it('says that its port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const port = String((holder.address() as AddressInfo).port);

    const server = start({ DATABASE_URL: database.url, SECRET_KEY: newKey(), PORT: port, HOST: '127.0.0.1' });
    const code = await server.ended;
    holder.close();

    expect(code).toBe(1);
    expect(server.output()).toContain('Cannot start: listen EADDRINUSE');
  });

  it('says plainly that a Node is too old', async () => {
    const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";

    const server = start({}, ['--import', `data:text/javascript,${encodeURIComponent(old)}`]);

    expect(await server.ended).toBe(1);
    expect(server.output()).toMatch(/^Linkwright needs Node 22\.12 or newer; this is v[\d.]+\.\nStart it /);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
