import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './demo-servers.js';

const START_WITHIN_MS = 45_000;
const STOP_WITHIN_MS = 20_000;

/** The product as a process of its own, on a fresh data folder. */
export class DemoProduct {
  readonly setupToken = randomBytes(24).toString('hex');
  private output = '';

  private constructor(
    readonly url: string,
    private readonly dataDir: string,
  ) {}

  private child: ChildProcess | undefined;

  /** @throws Error with what the process printed when it does not come up */
  static async start(waiting: (what: string) => void): Promise<DemoProduct> {
    const port = await freePort();
    const product = new DemoProduct(`http://127.0.0.1:${port}`, await mkdtemp(join(tmpdir(), 'linkwright-demo-')));
    product.spawn(port);
    const deadline = performance.now() + START_WITHIN_MS;
    while (!(await product.ready())) {
      if (performance.now() > deadline || product.child?.exitCode !== null) throw new Error(`Linkwright did not start:\n${product.output}`);
      waiting('starting Linkwright and its database');
      await pause(150);
    }
    return product;
  }

  /** The last of what the process printed: warnings and errors. */
  get said(): string {
    return this.output.trim();
  }

  /** Ends the process as an operator would, and takes its data away. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child?.exitCode === null) {
      const ended = new Promise<void>((resolve) => {
        child.once('exit', () => {
          resolve();
        });
      });
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(force);
    }
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private spawn(port: number): void {
    this.child = spawn(process.execPath, [join(import.meta.dirname, '../../server/main.js')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'], // eslint-disable-line no-restricted-properties -- a child gets its surroundings, and no setting of this shell
        HOME: process.env['HOME'], // eslint-disable-line no-restricted-properties -- as above
        PORT: String(port),
        HOST: '127.0.0.1',
        PUBLIC_URL: this.url,
        DATA_DIR: this.dataDir,
        SETUP_TOKEN: this.setupToken,
        SANDBOX: 'true',
        FETCH_ALLOW_CIDRS: '127.0.0.0/8',
        MAIL_ALLOW_CIDRS: '127.0.0.0/8',
        LOG_LEVEL: 'warn',
      },
    });
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-8000);
    };
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
  }

  private async ready(): Promise<boolean> {
    return fetch(`${this.url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
