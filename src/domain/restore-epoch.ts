/** What is known when a process looks whether its database has been set back. */
export interface EpochFacts {
  /** The count in the database. */
  readonly database: number;
  /** The count in this machine's file, read before the one in the database; null where there is no file of this installation. */
  readonly file: number | null;
  /** Which PostgreSQL counted last, and which is asked now; null where it cannot be told. */
  readonly systemThen: string | null;
  readonly systemNow: string | null;
}

/** `set_back`: the installation has lived on past what this database knows. `moved`: its rows were copied to another server. */
export type EpochVerdict = 'same' | 'set_back' | 'moved';

/**
 * A file that is behind or missing says nothing: a machine was off, or is new, or was killed between the two writes. Only one
 * that is ahead has seen something that the database has not (ADR 18).
 */
export function judgeEpoch({ database, file, systemThen, systemNow }: EpochFacts): EpochVerdict {
  if (file !== null && file > database) return 'set_back';
  return systemThen !== null && systemNow !== null && systemThen !== systemNow ? 'moved' : 'same';
}

/** Above every count that a machine's file may hold which nobody has asked: at one count a minute and process, years of them. */
const LEAP = 1_000_000;

/** From where to count after a restore was settled, so that no file of any machine is ahead any more. */
export function epochAfterRestore(known: readonly number[]): number {
  return Math.max(0, ...known) + LEAP;
}
