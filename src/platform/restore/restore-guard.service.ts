import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { epochAfterRestore, judgeEpoch } from '../../domain/restore-epoch.js';
import { Clock, MINUTE_MS } from '../clock.js';
import { firstRow, rows } from '../database/sql.js';
import { Readiness } from '../http/operations/readiness.js';
import { WorkLoops } from '../jobs/work-loops.js';
import { type EpochMark, GuardFolder } from './guard-folder.js';
import { OptOutJournal } from './opt-out-journal.js';

export const EPOCH_LOOP = 'epoch';

/** Why nothing leaves: the database was set back, its rows stand on another server, or somebody asked for it. */
export type HoldCode = 'set_back' | 'moved' | 'asked';

/** How the installation stands. */
export interface EpochState {
  readonly epoch: number;
  /** When the database, as it is, last saw the product run; null when it never has. */
  readonly seenAt: Date | null;
  readonly systemThen: string | null;
  readonly heldAt: Date | null;
  readonly heldBy: HoldCode | null;
}

const STATE = `
  SELECT epoch::float8 AS epoch, LEAST(epoch_at, epoch_gap_at) AS "seenAt", system_identifier AS "systemThen", send_hold_at AS "heldAt",
         send_hold_code AS "heldBy" FROM installation`;

/** A gap tells when the database was last used before it was set back, also when a machine without a file has counted on since. */
const RAISE = `
  UPDATE installation SET epoch = epoch + 1, epoch_gap_at = CASE WHEN epoch_at < $1::timestamptz - interval '5 minutes' THEN epoch_at ELSE epoch_gap_at END,
         epoch_at = GREATEST(epoch_at, $1), system_identifier = COALESCE($2, system_identifier)
   WHERE send_hold_at IS NULL RETURNING epoch::float8 AS epoch`;

const HOLD = `
  UPDATE installation SET send_hold_at = COALESCE(send_hold_at, $1), send_hold_code = COALESCE(send_hold_code, $2),
         send_hold_epoch = GREATEST(send_hold_epoch, $3::bigint)`;

const SETTLE = `
  UPDATE installation SET epoch = $1, epoch_at = $2, epoch_gap_at = NULL, system_identifier = COALESCE($3, system_identifier),
         send_hold_at = NULL, send_hold_code = NULL, send_hold_epoch = NULL`;

const WHAT_TO_DO = 'run "after-restore" (docs/operations.md, Backup and restore)';

/** A count once a minute bounds what a restore may hide: who copies the database back has lost a minute before it shows. */
const COUNT_EVERY_MS = MINUTE_MS;

/**
 * Notices a database that knows less than the installation has done, and holds all mail (ADR 18). Looks at the start of every
 * process and once a minute. Loop: `epoch`.
 */
@Injectable()
export class RestoreGuard implements OnModuleInit {
  private readonly logger = new Logger(RestoreGuard.name);
  private countedAt: Date | undefined;
  private held: HoldCode | undefined;
  private fileFailed = false;

  constructor(
    private readonly db: DataSource,
    private readonly folder: GuardFolder,
    private readonly journal: OptOutJournal,
    private readonly loops: WorkLoops,
    private readonly readiness: Readiness,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.loops.add(EPOCH_LOOP, () => this.work());
    this.readiness.note('sending', () => (this.held ? `held, ${this.held}: ${WHAT_TO_DO}` : undefined));
    this.readiness.note('restoreGuard', () => (this.fileFailed || this.journal.behind ? 'its folder cannot be written' : undefined));
  }

  /** At the start of a process, before anything may leave. */
  async begin(): Promise<void> {
    await this.look();
  }

  /** As a loop's work. */
  private async work(): Promise<boolean> {
    const since = this.countedAt && this.clock.now().getTime() - this.countedAt.getTime();
    // held, it looks each time: the hold is lifted elsewhere
    if (this.held || since === undefined || since >= COUNT_EVERY_MS || since < 0) await this.look();
    return false;
  }

  async state(): Promise<EpochState> {
    const state = await firstRow<EpochState>(this.db, STATE);
    if (!state) throw new Error('The installation has no keys.');
    return state;
  }

  /** What this machine's file says; undefined also where it cannot be read. */
  async mark(): Promise<EpochMark | undefined> {
    try {
      return await this.folder.readMark();
    } catch (error) {
      this.complain(error);
      return undefined;
    }
  }

  /** Nothing leaves from now on, in any process. */
  async hold(code: HoldCode, fileEpoch: number | null = null): Promise<void> {
    await rows(this.db, HOLD, [this.clock.now(), code, fileEpoch]);
  }

  /** The restore is settled: counts from where no machine's file is ahead, and lets mail leave. */
  async settle(): Promise<void> {
    const mark = await this.mark();
    const known = await firstRow<{ epoch: number; seen: number | null }>(
      this.db,
      'SELECT epoch::float8 AS epoch, send_hold_epoch::float8 AS seen FROM installation',
    );
    const epoch = epochAfterRestore([known?.epoch ?? 0, known?.seen ?? 0, mark?.epoch ?? 0]);
    const at = this.clock.now();
    await rows(this.db, SETTLE, [epoch, at, await this.systemNow()]);
    await this.writeMark({ epoch, at });
    this.held = undefined;
  }

  /** The file is read first: it is always written after the database, so one that is ahead cannot be a matter of order. */
  private async look(): Promise<void> {
    const mark = await this.mark();
    const state = await this.state();
    const systemNow = await this.systemNow();
    const verdict = judgeEpoch({ database: state.epoch, file: mark?.epoch ?? null, systemThen: state.systemThen, systemNow });
    if (verdict !== 'same') await this.hold(verdict, mark?.epoch ?? null);
    const heldBy = state.heldBy ?? (verdict === 'same' ? undefined : verdict);
    if (heldBy && this.held !== heldBy) this.logger.error({ reason: heldBy }, `no mail leaves: the database was set back or moved; ${WHAT_TO_DO}`);
    this.held = heldBy;
    if (!heldBy) await this.count(systemNow);
  }

  /** The database first: killed in between, the file is behind, which says nothing. */
  private async count(systemNow: string | null): Promise<void> {
    const at = this.clock.now();
    const raised = await firstRow<{ epoch: number }>(this.db, RAISE, [at, systemNow]);
    if (raised) await this.writeMark({ epoch: raised.epoch, at });
    this.countedAt = at;
  }

  private async writeMark(mark: EpochMark): Promise<void> {
    try {
      await this.folder.writeMark(mark);
      this.fileFailed = false;
    } catch (error) {
      this.complain(error);
    }
  }

  /** Without its file the guard is weaker, and no reason to stand still. */
  private complain(error: unknown): void {
    if (!this.fileFailed) this.logger.warn({ err: error, folder: this.folder.path }, 'the folder of the restore guard cannot be used');
    this.fileFailed = true;
  }

  /** Which PostgreSQL this is, made at its birth; a managed one may not say. */
  private async systemNow(): Promise<string | null> {
    const found = await firstRow<{ id: string }>(this.db, 'SELECT system_identifier::text AS id FROM pg_control_system()').catch(() => undefined);
    return found?.id ?? null;
  }
}
