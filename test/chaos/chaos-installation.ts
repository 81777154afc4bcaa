import { randomBytes } from 'node:crypto';
import { freePort } from '../../src/platform/database/embedded/server.js';
import { BuiltWorker } from '../support/built-worker.js';
import { ChaosDatabase } from './chaos-database.js';

/** The product as it runs in earnest: a database, an API process, worker processes that may die. */
export class ChaosInstallation {
  readonly setupToken = randomBytes(24).toString('hex');
  readonly workers: BuiltWorker[] = [];
  private api: BuiltWorker | undefined;
  private readonly secretKey = randomBytes(32).toString('base64');

  private constructor(
    readonly database: ChaosDatabase,
    private readonly port: number,
  ) {}

  static async start(workers: number): Promise<ChaosInstallation> {
    const made = new ChaosInstallation(await ChaosDatabase.start(), await freePort());
    try {
      const api = new BuiltWorker({ ...made.settings, ROLES: 'api', PORT: String(made.port), AUTO_MIGRATE: 'true' });
      made.api = api;
      await api.until('the API answers', () => fetch(`${made.url}/readyz`).then(({ ok }) => ok).catch(() => false)); // prettier-ignore
      for (let at = 0; at < workers; at += 1) made.workers.push(made.newWorker());
      return made;
    } catch (error) {
      await made.stop();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  async killWorker(at: number): Promise<void> {
    await this.workers[at]?.kill();
  }

  /** Another one takes the place of a killed worker, as a service manager sees to it. */
  replaceWorker(at: number): void {
    this.workers[at] = this.newWorker();
  }

  /**
   * A worker that could not start, since the database was away, is started again, as a service manager does.
   * Fails when a process has ended that had started and that nobody killed.
   */
  check(): void {
    for (const [at, worker] of this.workers.entries()) {
      if (!worker.running && worker.printed.includes('Cannot start')) this.replaceWorker(at);
    }
    for (const one of [...this.workers, ...(this.api ? [this.api] : [])]) {
      if (!one.running) throw new Error(`A process ended by itself:\n${one.printed.slice(-4000)}`);
    }
  }

  async stop(): Promise<void> {
    for (const one of [...this.workers, ...(this.api ? [this.api] : [])]) await one.kill();
    await this.database.stop();
  }

  private newWorker(): BuiltWorker {
    return new BuiltWorker(this.settings);
  }

  private get settings(): Readonly<Record<string, string>> {
    return {
      ...{ DATABASE_URL: this.database.url, SECRET_KEY: this.secretKey, SETUP_TOKEN: this.setupToken },
      ...{ PUBLIC_URL: 'https://links.tea.example', LOG_LEVEL: 'fatal', RATE_LIMIT_PER_MINUTE: '0', THROTTLE_PER_MINUTE: '0' },
    };
  }
}
