import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, watch, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Client } from 'pg';
import { NoPostgresBinaries, startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';

const PROCESS = join(import.meta.dirname, '../support/embedded-postgres-process.mjs');
const asRoot = process.getuid?.() === 0 ? it : it.skip;

const children: ChildProcessByStdio<Writable, Readable, null>[] = [];
const folders: string[] = [];
const started: EmbeddedPostgres[] = [];

describe('startEmbeddedPostgres', () => {
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await newFolder();
  });

  afterEach(async () => {
    for (const server of started.splice(0)) await server.stop();
    for (const child of children.splice(0)) await end(child);
  });

  afterAll(async () => {
    for (const folder of folders.toReversed()) {
      const home = await realpath(join(folder, 'postgres')).catch(() => folder); // may stand elsewhere
      for (const path of [home, folder]) await rm(path, { recursive: true, force: true });
    }
  });

  it('makes a database in under 5 s, and starts it again with its rows in under 1 s', async () => {
    const cold = await timed(() => start(dataDir));
    await query(cold.server.url, 'CREATE TABLE kept (word text); INSERT INTO kept VALUES (lower($$ÄPFEL$$))');
    await cold.server.stop();

    const warm = await timed(() => start(dataDir));

    expect(await query(warm.server.url, 'SELECT word FROM kept')).toEqual([{ word: 'äpfel' }]);
    expect(cold.ms).toBeLessThan(5_000);
    expect(warm.ms).toBeLessThan(1_000);
  });

  it('gives the application a role that is no superuser but may make databases', async () => {
    const { url } = await start(dataDir);

    const roles = await query(url, 'SELECT rolname, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user');

    expect(roles).toEqual([{ rolname: 'linkwright', rolsuper: false, rolcreatedb: true }]);
  });

  it('keeps the password in a file that only its user can read, and lets nobody in without it', async () => {
    const { url } = await start(dataDir);
    const passwordless = url.replace(new URL(url).password, 'guess');

    expect((await stat(join(dataDir, 'postgres/password'))).mode & 0o777).toBe(0o600);
    await expect(query(passwordless, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    await expect(query(url.replace('linkwright', 'postgres'), 'SELECT 1')).rejects.toMatchObject({ code: '28000' });
  });

  it('listens on loopback only', async () => {
    const port = Number(new URL((await start(dataDir)).url).port);
    const others = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);

    expect(await canConnect('127.0.0.1', port)).toBe(true);
    for (const { address } of others.filter(({ internal, family }) => !internal && family === 'IPv4')) {
      expect(await canConnect(address, port)).toBe(false);
    }
  });

  asRoot('runs as an unprivileged user when it is started by root', async () => {
    await start(dataDir);

    const { uid } = await stat(`/proc/${await serverPid(dataDir)}`);

    expect(uid).not.toBe(0);
    expect(uid).toBe((await stat(join(dataDir, 'postgres/data'))).uid);
  });

  it('lets a second process use the running server, and the last one stops it', async () => {
    const first = await start(dataDir);
    const second = await startInProcess(dataDir);

    await first.stop();

    expect(second.url).toBe(first.url);
    expect(await query(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await end(second.child);
    await expect(query(first.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('makes one database when processes start at once on an empty folder', async () => {
    const empty = await newFolder();

    const urls = await Promise.all([startInProcess(empty), startInProcess(empty), start(empty)]).then((all) => all.map(({ url }) => url));

    expect(new Set(urls).size).toBe(1);
    expect(await readdir(empty)).toEqual(['postgres']);
  });

  it('leaves the server to the next start when its only user was killed', async () => {
    const { url, child } = await startInProcess(dataDir);
    await kill(child);

    expect((await start(dataDir)).url).toBe(url);
  });

  it('starts after server and user were killed', async () => {
    const { child } = await startInProcess(dataDir);
    await kill(child);
    process.kill(await serverPid(dataDir), 'SIGKILL');

    const { url } = await start(dataDir);

    expect(await query(url, 'SELECT word FROM kept')).toEqual([{ word: 'äpfel' }]);
  });

  it('starts although the process id of a dead server was given to another program', async () => {
    await (await start(dataDir)).stop();
    const note = [process.ppid, join(await realpath(dataDir), 'postgres/data'), 1_790_000_000, 1, '', '127.0.0.1', ' 1 1', 'ready   '];
    await writeFile(join(dataDir, 'postgres/data/postmaster.pid'), note.join('\n'));
    const owner = await stat(join(dataDir, 'postgres/data'));
    await chown(join(dataDir, 'postgres/data/postmaster.pid'), owner.uid, owner.gid);

    const { url } = await start(dataDir);

    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts a server that was killed under it again, at the same address', async () => {
    const lines: string[] = [];
    const restarted = new Promise<void>((done) => {
      const log = (line: string): void => {
        if (lines.push(line) > 1 && line === 'Starting PostgreSQL') done();
      };
      void startEmbeddedPostgres({ dataDir, durable: false, log }).then(async (server) => {
        started.push(server);
        process.kill(await serverPid(dataDir), 'SIGKILL');
      });
    });
    await restarted;

    const again = await startInProcess(dataDir); // comes up only when the server does

    expect(await query(again.url, 'SELECT word FROM kept')).toEqual([{ word: 'äpfel' }]);
    expect(lines).toContain('PostgreSQL ended unexpectedly, starting it again');
  });

  it('recovers from a process that was killed while it made the database', async () => {
    const empty = await newFolder();
    const halfMade = firstChange(empty);
    const child = startProcess(empty);
    await halfMade;
    await kill(child);
    expect(existsSync(join(empty, 'postgres'))).toBe(false);
    expect(await readdir(empty)).toEqual([expect.stringMatching(`^postgres.new-${child.pid ?? 0}-`)]);

    const { url } = await start(empty);

    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  asRoot('works in a folder that only root can enter', async () => {
    const closed = await newFolder();
    await chmod(closed, 0o700);
    const below = join(closed, 'data');
    await mkdir(below);
    folders.push(below);

    const first = await start(below);
    await query(first.url, 'CREATE TABLE kept ()');
    await first.stop();

    expect(await query((await start(below)).url, 'SELECT * FROM kept')).toEqual([]);
  });

  asRoot('refuses a folder whose database belongs to somebody else', async () => {
    const foreign = await newFolder();
    await cp(join(dataDir, 'postgres'), join(foreign, 'postgres'), { recursive: true });
    await chown(join(foreign, 'postgres/data'), 12_345, 12_345);

    await expect(start(foreign)).rejects.toThrow('belongs to user id 12345');
  });

  it('names DATABASE_URL when no programs fit the database', async () => {
    const version = join(dataDir, 'postgres/data/PG_VERSION');
    const before = await readFile(version, 'utf8');
    await writeFile(version, '9\n');

    const attempt = start(dataDir);

    await expect(attempt).rejects.toBeInstanceOf(NoPostgresBinaries);
    await expect(attempt).rejects.toThrow('Set DATABASE_URL');
    await writeFile(version, before);
  });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'linkwright-embedded-'));
  await chmod(folder, 0o755);
  folders.push(folder);
  return folder;
}

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, durable: false });
  started.push(server);
  return server;
}

function startProcess(dataDir: string): ChildProcessByStdio<Writable, Readable, null> {
  const child = spawn(process.execPath, [PROCESS, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

async function startInProcess(dataDir: string): Promise<{ url: string; child: ChildProcessByStdio<Writable, Readable, null> }> {
  const child = startProcess(dataDir);
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { url, child };
}

/** Lets the process give the server up. */
async function end(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.stdin.end();
  await once(child, 'exit');
}

async function kill(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function firstChange(folder: string): Promise<void> {
  const stop = new AbortController();
  await watch(folder, { signal: stop.signal })[Symbol.asyncIterator]().next();
  stop.abort();
}

async function serverPid(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client(url);
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function canConnect(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  const connected = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false);
  socket.destroy();
  return connected;
}

async function timed(work: () => Promise<EmbeddedPostgres>): Promise<{ server: EmbeddedPostgres; ms: number }> {
  const begun = performance.now();
  return { server: await work(), ms: performance.now() - begun };
}
