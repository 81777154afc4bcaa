import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock, MINUTE_MS } from '../clock.js';
import { rows } from '../database/sql.js';
import { transact } from '../database/transact.js';
import { newId } from '../ids.js';
import { wake, WorkLoops } from '../jobs/work-loops.js';
import { GuardFolder } from './guard-folder.js';

export const JOURNAL_LOOP = 'opt_out_journal';

/** One line of the journal: who must not be mailed, without naming a person (ADR 18). */
export interface JournalEntry {
  readonly v: 1;
  readonly at: string;
  readonly do: 'add' | 'remove';
  readonly workspaceId: string;
  /** Of the suppression; one that was removed never comes back under its id. */
  readonly id: string;
  readonly kind: 'address' | 'domain';
  /** The keyed hash of an address, or a domain; null for a removal. */
  readonly value: string | null;
  readonly source: string;
  readonly projectId: string | null;
  readonly expiresAt: string | null;
}

/** Written with the opt-out, in its transaction: no trouble with a disk may refuse one. The loop carries it over at once. */
export async function journalLater(tx: EntityManager, entry: JournalEntry): Promise<void> {
  await rows(tx, 'INSERT INTO opt_outs_to_journal (workspace_id, id, entry, created_at) VALUES ($1, $2, $3, $4)', [
    ...[entry.workspaceId, newId(), JSON.stringify(entry), entry.at],
  ]);
  await wake(tx, JOURNAL_LOOP);
}

/** Reads a line back. @returns undefined for one that is no entry, such as one that a power cut broke off */
export function readEntry(line: string): JournalEntry | undefined {
  try {
    const entry = JSON.parse(line) as Partial<JournalEntry>;
    const whole =
      entry.v === 1 && (entry.do === 'add' || entry.do === 'remove') && typeof entry.id === 'string' && typeof entry.workspaceId === 'string';
    return whole && typeof entry.at === 'string' && (entry.do === 'remove' || typeof entry.value === 'string') ? (entry as JournalEntry) : undefined;
  } catch {
    return undefined;
  }
}

const BATCH = 500;
/** As they were written; two processes share the work. */
const TAKE = `
  /* all-workspaces: one journal for the installation */
  WITH first AS MATERIALIZED (
    SELECT workspace_id, id FROM opt_outs_to_journal ORDER BY created_at, id LIMIT ${String(BATCH)} FOR UPDATE SKIP LOCKED)
  DELETE FROM opt_outs_to_journal WHERE (workspace_id, id) IN (SELECT workspace_id, id FROM first)
  RETURNING entry, created_at AS "createdAt", id`;

interface Waiting {
  readonly id: string;
  readonly entry: JournalEntry;
  readonly createdAt: Date;
}

/** Looked at again after this long while the folder cannot be written. */
const AGAIN_MS = MINUTE_MS;

/**
 * Carries opt-outs into files outside of the database, which a restore does not set back. What is in the table is gone from it
 * only when it is on the disk; a process that is killed between the two writes a line twice, which changes nothing.
 */
@Injectable()
export class OptOutJournal implements OnModuleInit {
  private readonly logger = new Logger(OptOutJournal.name);
  private failedAt: Date | undefined;

  constructor(
    private readonly db: DataSource,
    private readonly folder: GuardFolder,
    private readonly loops: WorkLoops,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.loops.add(JOURNAL_LOOP, () => this.work());
  }

  /** Whether the folder took the last ones. */
  get behind(): boolean {
    return this.failedAt !== undefined;
  }

  /** One batch. @returns whether there may be more */
  async work(): Promise<boolean> {
    if (this.failedAt && this.clock.now().getTime() - this.failedAt.getTime() < AGAIN_MS) return false;
    try {
      const moved = await transact(this.db, (tx) => this.move(tx));
      this.failedAt = undefined;
      return moved === BATCH;
    } catch (error) {
      if (!(error instanceof FolderUnusable)) throw error;
      this.complain(error);
      return false;
    }
  }

  private complain({ cause }: FolderUnusable): void {
    const { path: folder } = this.folder;
    if (!this.failedAt) this.logger.error({ err: cause, folder }, 'opt-outs cannot be written to their journal; they wait in the database');
    this.failedAt = this.clock.now();
  }

  private async move(tx: EntityManager): Promise<number> {
    const waiting = (await rows<Waiting>(tx, TAKE)).sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1));
    const lines = waiting.map(({ entry }) => JSON.stringify(entry));
    try {
      await this.folder.append(lines, this.clock.now());
    } catch (error) {
      throw new FolderUnusable(error);
    }
    return waiting.length;
  }
}

class FolderUnusable extends Error {
  constructor(cause: unknown) {
    super('The folder of the journal cannot be written.', { cause });
  }
}
