import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../src/platform/database/embedded/server.js';
import { headerOf, MisbehavingSmtp } from '../support/misbehaving-smtp.js';

/** A mail that a server took for delivery: what its recipient would find. */
export interface TakenMail {
  readonly to: string;
  readonly subject: string;
  readonly messageId: string;
}

/** Servers that misbehave by the name of the recipient, and know what they took. */
export interface MailServers {
  readonly port: number;
  /** Says its greeting late. */
  readonly latePort: number;
  taken(): readonly TakenMail[];
  /** Recipients whose mail is being handed over at this moment; undefined where the server cannot tell. */
  underWay(): readonly string[] | undefined;
  stop(): Promise<void>;
}

export interface Slowness {
  /** How long `slowack` takes. */
  readonly slowMs: number;
  readonly greetMs: number;
}

/** The project's own. */
export async function ownServers({ slowMs, greetMs }: Slowness): Promise<MailServers> {
  const [sink, late] = [await MisbehavingSmtp.start({ slowMs, pipelining: true }), await MisbehavingSmtp.start({ slowMs, greetMs })];
  const both = [sink, late];
  return {
    port: sink.port,
    latePort: late.port,
    taken: () =>
      both.flatMap(({ stored }) =>
        stored.map(({ rcpt, raw, messageId }) => ({ to: rcpt.join(','), subject: /^subject: (.*)$/im.exec(headerOf(raw))?.[1] ?? '', messageId })),
      ),
    underWay: () => both.flatMap((one) => one.underWay),
    stop: async () => {
      for (const one of both) await one.stop();
    },
  };
}

/** Of the shared fault servers, where they are. */
export const SHARED_SERVER = join(
  process.env['SHARED_TOOLS_DIR'] ?? join(process.env['CORPORA_DIR'] ?? join(import.meta.dirname, '../../../shared/corpora'), '../tools'),
  'chaos/chaos_smtp.mjs',
);

interface LogLine {
  readonly ev: string;
  readonly rcpt: string;
  readonly subject?: string;
  readonly mid?: string;
}

/** The shared fault server, as processes of its own. */
export async function sharedServers(program: string, { slowMs, greetMs }: Slowness): Promise<MailServers> {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  const log = join(folder, 'log.jsonl');
  const ports = [await freePort(), await freePort()] as const;
  const children = ports.map((port, at) =>
    startShared(program, [String(port), log], { SLOW_MS: String(slowMs), GREET_MS: at === 0 ? '0' : String(greetMs) }),
  );
  for (const port of ports) await untilListening(port);
  return {
    port: ports[0],
    latePort: ports[1],
    taken: () =>
      linesOf(log)
        .filter(({ ev }) => ev === 'stored')
        .map(({ rcpt, subject, mid }) => ({ to: rcpt, subject: subject ?? '', messageId: mid?.replace(/[<>]/g, '') ?? '' })),
    underWay: () => undefined,
    stop: async () => {
      for (const child of children) {
        child.kill();
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true });
    },
  };
}

export function sharedServersAreHere(): boolean {
  return existsSync(SHARED_SERVER);
}

function startShared(program: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [program, ...args], { env: { PATH: process.env['PATH'], ...env }, stdio: 'ignore' });
}

function linesOf(log: string): LogLine[] {
  if (!existsSync(log)) return [];
  const text = readFileSync(log, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const up = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false);
    socket.destroy();
    if (up) return;
    await pause(50);
  }
  throw new Error(`Nothing listens on port ${port}.`);
}
