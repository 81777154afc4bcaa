import { environment, prepare } from '../bootstrap.js';

/** Brings the database up to date, whatever AUTO_MIGRATE says. */
export async function runMigrate(): Promise<void> {
  const ground = await prepare({ ...environment(), AUTO_MIGRATE: 'true' });
  await ground.stop();
  process.stdout.write('The database is up to date.\n');
}
