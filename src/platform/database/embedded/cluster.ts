import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Binaries, program } from './binaries.js';
import { privatePlace } from './private-place.js';
import { isAlive } from './process-state.js';
import { runProgram, spawnOptions } from './run-program.js';
import { canReach, type SystemUser } from './system-user.js';

/**
 * A complete cluster on disk, by its real path.
 *
 *     <home>/data         PostgreSQL's own, 0700, of the user that the server runs as
 *     <home>/password     of role linkwright, 0600        ┐
 *     <home>/pg_hba.conf  who may connect                 ├ of the user who starts it: root writes nothing in data/
 *     <home>/server.log                                   ┘
 */
export interface Cluster {
  readonly home: string;
  readonly data: string;
  readonly hba: string;
  readonly log: string;
  readonly password: string;
}

export interface NewCluster {
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly durable: boolean;
}

const HOME = 'postgres';
const STAGING = /^postgres\.new-(\d+)-/;

/** Only role linkwright, only from this machine, only with the password. The superuser has none: it works in single-user mode alone. */
const HBA = 'host all linkwright 127.0.0.1/32 scram-sha-256\n';

/** The cluster of this data folder, if one was ever completed. `<dataDir>/postgres` may be a symlink to the private place. */
export async function findCluster(dataDir: string): Promise<Cluster | undefined> {
  const home = await realpath(join(dataDir, HOME)).catch(() => undefined);
  if (home === undefined) return undefined;
  return {
    home,
    data: join(home, 'data'),
    hba: join(home, 'pg_hba.conf'),
    log: join(home, 'server.log'),
    password: await readPassword(home),
  };
}

async function readPassword(home: string): Promise<string> {
  return readFile(join(home, 'password'), 'utf8').catch((cause: unknown) => {
    throw new Error(`The database password in ${home} cannot be read: start as the user who made it, or choose another data folder`, { cause });
  });
}

export async function clusterVersion(cluster: Cluster): Promise<number> {
  return Number(await readFile(join(cluster.data, 'PG_VERSION'), 'utf8'));
}

export async function clusterOwner(cluster: Cluster): Promise<number> {
  return (await stat(cluster.data)).uid;
}

/**
 * Makes the cluster beside its place and moves it there when it is complete, so that a killed start leaves nothing half made.
 * Of two processes that do this at once the first to finish wins, and both go on with its cluster.
 */
export async function createCluster({ dataDir, binaries, durable }: NewCluster): Promise<void> {
  const base = binaries.user && !canReach(binaries.user, dataDir) ? privatePlace() : dataDir;
  await removeAbandoned(base);
  const staging = join(base, `${HOME}.new-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await fill(staging, binaries, durable);
    if (base === dataDir) await rename(staging, join(dataDir, HOME));
    else await movePrivately(staging, base, dataDir);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (!(await findCluster(dataDir))) throw error;
  }
}

async function fill(home: string, binaries: Binaries, durable: boolean): Promise<void> {
  const data = join(home, 'data');
  const password = randomBytes(24).toString('base64url');
  await makeFolder(home, binaries.user ? 0o711 : 0o700);
  await makeFolder(data, 0o700, binaries.user);
  await writeFile(join(home, 'password'), password, { mode: 0o600, flush: durable });
  await writeFile(join(home, 'pg_hba.conf'), HBA, { flush: durable });
  await chmod(join(home, 'pg_hba.conf'), 0o644); // the server reads it as another user, whatever our umask

  const options = spawnOptions(binaries.user, home);
  await runProgram({ path: program(binaries, 'initdb'), args: initArguments(data, binaries.major, durable), options });
  const output = await runProgram({
    path: program(binaries, 'postgres'),
    args: ['--single', '-D', data, ...(durable ? [] : ['-c', 'fsync=off']), 'postgres'],
    options,
    input: `CREATE ROLE linkwright LOGIN CREATEDB PASSWORD '${password}'\nCREATE DATABASE linkwright OWNER linkwright\n`,
  });
  if (/ERROR|FATAL|PANIC/.test(output)) throw new Error(`the new database was not made: ${output}`);
}

function initArguments(data: string, major: number, durable: boolean): string[] {
  const locale = major >= 17 ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : ['--locale=C.UTF-8'];
  const fixed = ['--username=postgres', '--auth=reject', '--encoding=UTF8', '--data-checksums', '--text-search-config=simple'];
  return [`--pgdata=${data}`, ...fixed, ...locale, ...(durable ? [] : ['--no-sync'])];
}

/** The symlink is the last step: what it points to is complete. */
async function movePrivately(staging: string, base: string, dataDir: string): Promise<void> {
  const home = join(base, `${HOME}-${randomBytes(8).toString('hex')}`);
  await rename(staging, home);
  await symlink(home, join(dataDir, HOME)).catch(async (error: unknown) => {
    await rm(home, { recursive: true });
    throw error;
  });
}

async function makeFolder(path: string, mode: number, owner?: SystemUser): Promise<void> {
  await mkdir(path);
  await chmod(path, mode);
  if (owner) await chown(path, owner.uid, owner.gid);
}

async function removeAbandoned(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const maker = STAGING.exec(name)?.[1];
    if (maker === undefined || isAlive(Number(maker))) continue;
    // its initdb may still run and write for a moment: then the next start clears the rest
    await rm(join(base, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}
