import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rendering } from '../../src/platform/render/rendered-page.js';
import { descendantsOf } from '../../src/platform/render/process-tree.js';

const ROOT = join(import.meta.dirname, '../..');
export const CHROMIUM = [process.env['RENDER_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
);
export const RENDER_TOKEN = 'a token of the tests, which nobody guesses';

/** For what needs a browser: skipped, and says so, where there is none. */
export function describeRendering(name: string, tests: () => void): void {
  if (CHROMIUM) describe(name, tests);
  else describe.skip(`${name} (skipped: needs a Chromium, set RENDER_CHROMIUM)`, tests);
}

/** A process of the built product with ROLES=render, as an installation starts it. */
export class RenderProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<RenderProcess> {
    const settings = { PATH: process.env['PATH'], ROLES: 'render', RENDER_CHROMIUM: CHROMIUM, RENDER_TOKEN, HOST: '127.0.0.1', PORT: '0', ...env };
    const child = spawn(process.execPath, ['dist/server/main.js'], { cwd: ROOT, env: settings, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new RenderProcess(child, `http://127.0.0.1:${port}`);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Process ids of the browser and all that it started. */
  get browserPids(): number[] {
    return descendantsOf(this.pid).map(({ pid }) => pid);
  }

  async render(url: string, token = RENDER_TOKEN): Promise<Rendering> {
    const answer = await this.post(url, token);
    return (await answer.json()) as Rendering;
  }

  post(url: string, token = RENDER_TOKEN): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return fetch(`${this.url}/render`, { method: 'POST', headers, body: JSON.stringify({ url }) });
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }
}

/** What the kernel says of a process, by field. */
export function statusOf(pid: number): ReadonlyMap<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
}
