import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { type Binaries, program } from './binaries.js';
import type { Cluster } from './cluster.js';
import { runProgram, spawnOptions } from './run-program.js';

/** What a running server says of itself in postmaster.pid. */
export interface ServerNote {
  readonly pid: number;
  readonly data: string;
  readonly port: number;
}

export interface Launch {
  readonly binaries: Binaries;
  readonly cluster: Cluster;
  readonly port: number;
  readonly durable: boolean;
}

export interface LaunchedServer {
  /** Set when the server has ended. */
  readonly ended: boolean;
}

const LOG_LIMIT_BYTES = 5_000_000;

/** Given on the command line, so that a new version of the product brings its settings to old clusters too. */
function settings({ cluster, port, durable }: Launch): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '', // loopback is the only way in; socket paths have length limits
    hba_file: cluster.hba,
    cluster_name: 'linkwright',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    logging_collector: 'off',
    jit: 'off', // short statements: compiling costs more than it saves
    ...(!durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
}

/** Starts the server in a session of its own: it outlives this process, and Ctrl-C in the terminal does not reach it. */
export async function launchServer(launch: Launch): Promise<LaunchedServer> {
  const { binaries, cluster } = launch;
  const size = await stat(cluster.log).then(
    (log) => log.size,
    () => 0,
  );
  if (size > LOG_LIMIT_BYTES) await rename(cluster.log, `${cluster.log}.old`);
  const log = openSync(cluster.log, 'a', 0o600);
  const args = Object.entries(settings(launch)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(program(binaries, 'postgres'), ['-D', cluster.data, ...args], {
    ...spawnOptions(binaries.user, cluster.home),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const server = { ended: false };
  const end = (): void => void (server.ended = true);
  child.once('error', end).once('exit', end);
  return server;
}

/** Fast shutdown: sessions are cut off, everything committed is on disk when this returns. */
export async function stopServer(binaries: Binaries, cluster: Cluster): Promise<void> {
  const args = ['stop', '--silent', '--mode=fast', '--wait', '--timeout=60', '-D', cluster.data];
  await runProgram({ path: program(binaries, 'pg_ctl'), args, options: spawnOptions(binaries.user, cluster.home) });
}

export async function readServerNote(cluster: Cluster): Promise<ServerNote | undefined> {
  const text = await readFile(join(cluster.data, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pid, data, , port] = text.split('\n');
  if (!pid || !data || !port) return undefined; // none, or just being written
  return { pid: Number(pid), data: resolve(data), port: Number(port) };
}

/**
 * Tells PostgreSQL that postmaster.pid is stale although a process of that id lives: the id was given to another program, or
 * the folder is a copy. It takes its parent's id for stale, and still looks for a server on the same folder by the shared
 * memory that the file names, which deleting the file would prevent (CreateLockFile in miscinit.c).
 */
export async function markStale(cluster: Cluster): Promise<void> {
  const file = await open(join(cluster.data, 'postmaster.pid'), constants.O_RDWR | constants.O_NOFOLLOW).catch(() => undefined);
  if (!file) return;
  try {
    const [, ...rest] = (await file.readFile('utf8')).split('\n');
    const text = [process.pid, ...rest].join('\n');
    await file.truncate(0);
    await file.write(text, 0);
  } finally {
    await file.close();
  }
}

/** The end of the server's log, for an error message. */
export async function logTail(cluster: Cluster): Promise<string> {
  const text = await readFile(cluster.log, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-5).join('\n');
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((listening, failed) => {
    probe.once('error', failed).listen(0, '127.0.0.1', listening);
  });
  const { port } = probe.address() as AddressInfo; // always so after listening on TCP
  await new Promise((closed) => probe.close(closed));
  return port;
}
