import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../..');
const DEADLINE_MS = 60_000;

/** A worker process of the built product: it may be killed for real. */
export class BuiltWorker {
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;
  private output = '';

  constructor(env: Readonly<Record<string, string>>) {
    const settings = {
      PATH: process.env['PATH'],
      ROLES: 'worker',
      SANDBOX: 'true',
      AUTO_MIGRATE: 'false',
      ...{ HOST: '127.0.0.1', PORT: '0' }, // its probes
      MAIL_ALLOW_CIDRS: '127.0.0.0/8',
      LOG_LEVEL: 'error',
      RESTORE_GUARD_DIR: mkdtempSync(join(tmpdir(), 'lw-guard-')),
      ...env,
    };
    this.child = spawn(process.execPath, ['dist/server/main.js'], { cwd: ROOT, env: settings });
    const keep = (chunk: Buffer): void => void (this.output += chunk.toString());
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
    this.ended = once(this.child, 'exit').then(([code]) => code as number | null);
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it has printed so far. */
  get printed(): string {
    return this.output;
  }

  /** As when the machine loses power: the process gets no chance to say anything. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to end. @returns its exit code */
  stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended;
  }

  /** Resolves when `holds` does; fails when the process ends before, or nothing happens for too long. */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!(await holds())) {
      if (this.child.exitCode !== null) throw new Error(`The worker ended before this: ${what}\n${this.output}`);
      if (performance.now() > deadline) throw new Error(`Not within ${DEADLINE_MS} ms: ${what}\n${this.output}`);
      await pause(20); // between two looks; how long decides nothing
    }
  }
}
