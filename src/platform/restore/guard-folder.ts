import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** What a machine remembers beside the database. */
export interface EpochMark {
  readonly epoch: number;
  readonly at: Date;
}

const EPOCH_FILE = 'epoch.json';
const JOURNAL_FILE = /^opt-outs-\d{4}-\d{2}-.*\.jsonl$/;

/**
 * The files of one installation outside of its database. Their folder is named after the installation, so that several may
 * share a disk, and files of another one are never compared.
 */
export class GuardFolder {
  /** @param root  RESTORE_GUARD_DIR. @param name  of the installation, fit for a file name */
  constructor(
    root: string,
    name: string,
    private readonly machine: string = fileName(hostname()),
  ) {
    this.path = join(root, 'restore-guard', name);
  }

  readonly path: string;

  /** @returns undefined when there is none, or what stands there is no mark. @throws when it is there and cannot be read */
  async readMark(): Promise<EpochMark | undefined> {
    const text = await readFile(join(this.path, EPOCH_FILE), 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return '';
      throw error;
    });
    return markOf(text);
  }

  /** Whole or not at all, and on the disk when it returns. A mark that is higher stays: another process has counted on. */
  async writeMark({ epoch, at }: EpochMark): Promise<void> {
    const present = await this.readMark();
    if (present && present.epoch >= epoch) return;
    await mkdir(this.path, { recursive: true });
    const draft = join(this.path, `${EPOCH_FILE}.${process.pid}.${randomBytes(4).toString('hex')}`);
    try {
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(`${JSON.stringify({ epoch, at: at.toISOString() })}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, join(this.path, EPOCH_FILE));
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
    await syncFolder(this.path);
  }

  /** Adds lines to the journal of the month, on the disk when it returns. A line that a power cut broke off is closed first. */
  async append(lines: readonly string[], at: Date): Promise<void> {
    if (lines.length === 0) return;
    await mkdir(this.path, { recursive: true });
    const path = join(this.path, `opt-outs-${at.toISOString().slice(0, 7)}-${this.machine}.jsonl`);
    const file = await open(path, 'a+', 0o600);
    try {
      const { size } = await file.stat();
      const last = size === 0 ? '\n' : (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString();
      await appendFile(file, `${last === '\n' ? '' : '\n'}${lines.join('\n')}\n`);
      await file.sync();
      if (size === 0) await syncFolder(this.path);
    } finally {
      await file.close();
    }
  }

  /** Every line of every journal in the folder, of whichever machine. @throws when one cannot be read */
  async journalLines(): Promise<string[]> {
    return linesOfJournals(this.path);
  }
}

/** The lines of the journals in a folder, which another machine may have written; none when there is no such folder. */
export async function linesOfJournals(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const found: string[] = [];
  for (const name of names.filter((one) => JOURNAL_FILE.test(one)).sort()) {
    const lines = (await readFile(join(folder, name), 'utf8')).split('\n');
    found.push(...lines.filter((line) => line !== ''));
  }
  return found;
}

function markOf(text: string): EpochMark | undefined {
  try {
    const { epoch, at } = JSON.parse(text) as { readonly epoch?: unknown; readonly at?: unknown };
    const instant = new Date(typeof at === 'string' ? at : Number.NaN);
    return Number.isSafeInteger(epoch) && !Number.isNaN(instant.getTime()) ? { epoch: Number(epoch), at: instant } : undefined;
  } catch {
    return undefined;
  }
}

/** So that the new name survives a power cut too; some file systems cannot. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync().catch(() => undefined);
  } finally {
    await folder.close();
  }
}

function fileName(text: string): string {
  return text.replace(/[^A-Za-z0-9-]+/g, '-').slice(0, 60) || 'machine';
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
