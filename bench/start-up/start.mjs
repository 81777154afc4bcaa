import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What a program that has nothing to do settles at. */
const IDLE_AFTER_MS = 5_000;
const TICKS_PER_SECOND = 100;
const GIVE_UP_MS = 60_000;

/** Starts a program till it answers, lets it sit, and prints CPU and wall time to the first answer, and the memory of the idle process. Linux only. */
export async function measureStart(script, env) {
  const port = await freePort();
  const begun = performance.now();
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, PORT: String(port), HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await answers(`http://127.0.0.1:${port}/readyz`, begun);
    const wallSeconds = (performance.now() - begun) / 1000;
    const cpuSeconds = cpuOf(child.pid);
    await pause(IDLE_AFTER_MS);
    console.log(
      JSON.stringify({ units: 1, cpuSeconds, wallSeconds, peakMb: residentMbOf(child.pid), idleCpuSeconds: cpuOf(child.pid) - cpuSeconds }),
    );
  } finally {
    child.kill();
    await once(child, 'exit');
  }
}

async function answers(url, begun) {
  while (performance.now() - begun < GIVE_UP_MS) {
    const response = await fetch(url).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.status === 200) return;
    await pause(10);
  }
  throw new Error('Void: the program never answered.');
}

/** proc(5): fields 14 and 15 after the name in brackets are user and system time. */
function cpuOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}

function residentMbOf(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
