import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';

/** How PostgreSQL goes down: `fast` ends sessions in order, `immediate` and `killed` leave a crash to recover from. */
export const RESTARTS = { fast: 'SIGINT', immediate: 'SIGQUIT', killed: 'SIGKILL' } as const;
export type Restart = keyof typeof RESTARTS;

const BEGINNERS_AWAY = `
  SELECT pg_cancel_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
   WHERE NOT l.granted AND l.relation = 'messages'::regclass AND a.query LIKE '%transmitting_at =%'`;

const PATIENCE_MS = 60_000;
/** All processes have heard by then that time has moved. */
const CLOCKS_KNOW_AFTER_MS = 250;

/** A durable PostgreSQL server of one run's own, which may be brought down; its supervisor starts it again on the same port. */
export class ChaosDatabase {
  private client: Client | undefined;

  private constructor(
    private readonly dataDir: string,
    private readonly server: EmbeddedPostgres,
  ) {}

  static async start(): Promise<ChaosDatabase> {
    const dataDir = await mkdtemp(join(tmpdir(), 'linkwright-chaos-'));
    await chmod(dataDir, 0o755); // the server may run as another user
    return new ChaosDatabase(dataDir, await startEmbeddedPostgres({ dataDir, durable: true }));
  }

  get url(): string {
    return this.server.url;
  }

  /** Reads also while the server comes up again. */
  async read<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return (await (await this.connection()).query<Row>(`/* all-workspaces: the whole installation is the run's own */ ${sql}`, [...values])).rows;
      } catch (error) {
        this.forget();
        if (performance.now() > deadline || isOurs(error)) throw error;
        await pause(50);
      }
    }
  }

  /** Resolves when it answers again. */
  async restart(how: Restart): Promise<void> {
    process.kill(await this.pid(), RESTARTS[how]);
    this.forget();
    await pause(100); // a fast end answers for a moment yet
    await this.read('SELECT 1');
  }

  /**
   * Nobody writes about a mail until `work` is done. Who would begin one by the clock of before is turned away: its lease would
   * have run out already. @param work  tells whether time has moved
   */
  async whileMailsStandStill(work: () => Promise<boolean>): Promise<boolean> {
    const client = new Client(this.url);
    await client.connect();
    try {
      await client.query('/* all-workspaces: as above */ BEGIN; LOCK TABLE messages IN EXCLUSIVE MODE');
      const moved = await work();
      if (moved) {
        await pause(CLOCKS_KNOW_AFTER_MS);
        await client.query(BEGINNERS_AWAY);
      }
      return moved;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await this.client?.end().catch(() => undefined);
    await this.server.stop();
    const home = await realpath(join(this.dataDir, 'postgres')).catch(() => this.dataDir); // may stand elsewhere
    for (const path of [home, this.dataDir]) await rm(path, { recursive: true, force: true });
  }

  private forget(): void {
    void this.client?.end().catch(() => undefined);
    this.client = undefined;
  }

  private async connection(): Promise<Client> {
    if (this.client) return this.client;
    const client = new Client(this.url);
    client.on('error', () => {
      if (this.client === client) this.client = undefined;
    });
    await client.connect();
    return (this.client = client);
  }

  private async pid(): Promise<number> {
    return Number((await readFile(join(this.dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n', 1)[0]);
  }
}

/** A statement that is wrong stays wrong. */
function isOurs(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(?:22|23|42)/.test(error.code);
}
