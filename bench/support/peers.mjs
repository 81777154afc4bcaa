import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const folder = join(import.meta.dirname, '../peers');

/** Whether a peer is installed; says so when it is left out. `npm ci --prefix bench/peers` brings them all. */
export function hasPeer(name) {
  const there = existsSync(join(folder, 'node_modules', name));
  if (!there) console.log(`left out: ${name} (npm ci --prefix bench/peers)`);
  return there;
}

/** Whether a program can be run; says so when it cannot. */
export function hasProgram(name) {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log(`left out: whatever needs ${name}, which is not installed`);
    return false;
  }
}

/** A Redis of this run, as durable as it is out of the box. @returns its port, its process and how to end it */
export async function startRedis() {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'linkwright-bench-redis-'));
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  const child = spawn('redis-server', settings, { stdio: 'ignore' });
  await pause(500);
  return {
    port,
    pid: child.pid,
    stop: async () => {
      child.kill();
      await once(child, 'exit');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
