import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { RuleViolation } from '../domain/errors.js';
import { Clock, OffsetClock, SECOND_MS } from './clock.js';
import { AppConfig } from './config/app-config.js';
import { Listener } from './database/listener.js';
import { firstRow, rows } from './database/sql.js';

const CLOCK_CHANNEL = 'linkwright_clock';
/** A bigint would come as text, which `+` puts behind another text. */
const OFFSET = 'SELECT offset_seconds::float8 AS offset FROM sandbox_clock';
/** A hundred years: past that dates stop making sense. */
const MAX_OFFSET_SECONDS = 3_153_600_000;

/** Moves the Clock of all processes (SANDBOX=true only). The offset is kept in the database; time never runs backwards. */
@Injectable()
export class SandboxClock implements OnApplicationBootstrap {
  private readonly logger = new Logger(SandboxClock.name);
  private readonly moved: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly db: DataSource,
    private readonly listener: Listener,
    private readonly config: AppConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.SANDBOX) return;
    this.listener.on(CLOCK_CHANNEL, () => {
      this.read().catch((error: unknown) => {
        this.logger.warn({ err: error }, 'sandbox clock');
      });
    });
    await this.read();
  }

  /** Tells when time has jumped: schedules look again. */
  onMoved(tell: () => void): void {
    this.moved.push(tell);
  }

  /** @throws RuleViolation `clock_out_of_range` */
  async advance(seconds: number): Promise<Date> {
    const current = await firstRow<{ offset: number }>(this.db, OFFSET);
    if ((current?.offset ?? 0) + seconds > MAX_OFFSET_SECONDS)
      throw new RuleViolation('clock_out_of_range', 'The sandbox clock cannot go further than a hundred years.');
    await rows(
      this.db,
      `INSERT INTO sandbox_clock (offset_seconds) VALUES ($1) ON CONFLICT (one_row) DO UPDATE SET offset_seconds = sandbox_clock.offset_seconds + $1`,
      [seconds],
    );
    await this.db.query('SELECT pg_notify($1, $2)', [CLOCK_CHANNEL, '']);
    await this.read();
    return this.clock.now();
  }

  private async read(): Promise<void> {
    const row = await firstRow<{ offset: number }>(this.db, OFFSET);
    if (row && this.clock instanceof OffsetClock) this.clock.offsetMs = row.offset * SECOND_MS;
    for (const tell of this.moved) tell();
  }
}
