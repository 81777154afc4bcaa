import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';

const TRIES = 3;
/** serialization_failure and deadlock_detected: the whole transaction may simply be tried again. */
const AGAIN = ['40001', '40P01'];

function mayTryAgain(error: unknown): boolean {
  const driver: unknown = error instanceof QueryFailedError ? error.driverError : undefined;
  return typeof driver === 'object' && driver !== null && 'code' in driver && AGAIN.includes(String(driver.code));
}

/** One transaction; the whole of it again, three times at most, when PostgreSQL asks for that. `work` must have no effect outside of `tx`. */
export async function transact<T>(db: DataSource, work: (tx: EntityManager) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(work);
    } catch (error) {
      if (attempt >= TRIES || !mayTryAgain(error)) throw error;
    }
  }
}
