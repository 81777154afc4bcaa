import { mkdir, realpath } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Binaries, findBinaries } from './binaries.js';
import { clusterOwner, clusterVersion, createCluster, findCluster, type Cluster } from './cluster.js';
import { OwnerSession } from './owner-session.js';
import { isAlive } from './process-state.js';
import { freePort, launchServer, type LaunchedServer, logTail, markStale, readServerNote, stopServer } from './server.js';
import { type SystemUser, unprivilegedUsers } from './system-user.js';

export { NoPostgresBinaries } from './binaries.js';

export interface EmbeddedPostgresOptions {
  /** The cluster stands below it, in `postgres`. */
  readonly dataDir: string;
  readonly log?: (line: string) => void;
  /** False trades safety against power loss for speed: for tests. */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres {
  /** Database and role `linkwright`, on 127.0.0.1. The role may create databases; it is not a superuser. */
  readonly url: string;
  /** Gives the server up; the last process to do so stops it. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
/** A server opens its port milliseconds after it wrote its pid file; after this long the pid belongs to another program. */
const SILENCE_LIMIT_MS = 3_000;
/** A launch fails while sessions of a killed server still end, or when the port was taken in between. */
const MAX_LAUNCHES = 5;
const RELAUNCH_PAUSE_MS = 200;
const POLL_MS = 20;

/**
 * A real PostgreSQL without an installation: starts the server of this data folder, or joins the one that runs.
 *
 * The server outlives the process that started it, also a killed one; the next start then adopts it. Nothing here needs a lock
 * file: a new cluster is moved into place whole, postmaster.pid lets only one server run on it, and its owners hold an
 * advisory lock in it.
 *
 * @throws NoPostgresBinaries
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? ((): void => undefined);
  const durable = options.durable ?? true;
  await mkdir(options.dataDir, { recursive: true });
  const dataDir = await realpath(options.dataDir);

  const { cluster, binaries } = await openCluster(dataDir, durable, log);
  const owned = await ownServer({ cluster, binaries, durable, log });
  return new Supervisor({ cluster, binaries, durable, log, port: owned.port }, owned);
}

interface Setup {
  readonly cluster: Cluster;
  readonly binaries: Binaries;
  readonly durable: boolean;
  readonly log: (line: string) => void;
  /** Where to start it; any free port when missing. */
  readonly port?: number;
}

interface OwnedServer {
  readonly session: OwnerSession;
  readonly port: number;
}

class Supervisor implements EmbeddedPostgres {
  readonly url: string;
  private stopping: Promise<void> | undefined;
  private server: Promise<OwnedServer>;

  constructor(
    private readonly setup: Setup,
    owned: OwnedServer,
  ) {
    this.url = urlOf(setup.cluster, owned.port);
    this.server = Promise.resolve(owned);
    this.watch(owned);
  }

  stop(): Promise<void> {
    this.stopping ??= this.release();
    return this.stopping;
  }

  private async release(): Promise<void> {
    const { cluster, binaries } = this.setup;
    const { session } = await this.server;
    await session.close(() => stopServer(binaries, cluster));
  }

  /** A server that died under us is started again, on the same port, so that connection pools find it. */
  private watch({ session }: OwnedServer): void {
    session.onLost(() => {
      if (this.stopping) return;
      this.setup.log('PostgreSQL ended unexpectedly, starting it again');
      this.server = ownServer(this.setup);
      this.server.then(
        (again) => {
          this.watch(again);
        },
        (error: unknown) => {
          this.setup.log(String(error));
        },
      );
    });
  }
}

async function openCluster(dataDir: string, durable: boolean, log: (line: string) => void): Promise<Pick<Setup, 'cluster' | 'binaries'>> {
  const existing = await findCluster(dataDir);
  const user = await chooseUser(existing);
  if (user?.name === 'nobody') log('There is no user "postgres" on this machine: PostgreSQL runs as "nobody", which other services may share');
  const binaries = await findBinaries(user, existing && (await clusterVersion(existing)));
  if (existing) return { cluster: existing, binaries };

  log('Making a new database (first start only)');
  await createCluster({ dataDir, binaries, durable });
  const cluster = await findCluster(dataDir);
  if (!cluster) throw new Error(`${dataDir} lost its database while it was made`);
  return { cluster, binaries };
}

/**
 * Whom to run the server as (undefined: as this process).
 * @throws Error when the cluster belongs to anyone else: it may be planted, or was made by another account
 */
async function chooseUser(cluster: Cluster | undefined): Promise<SystemUser | undefined> {
  const users = unprivilegedUsers();
  const owner = cluster && (await clusterOwner(cluster));
  const own = process.getuid?.();
  const chosen = users?.find((user) => owner === undefined || user.uid === owner);
  if (users ? chosen : owner === undefined || own === undefined || owner === own) return chosen;
  if (!cluster) throw new Error('PostgreSQL must not run as root, and this machine has neither user "postgres" nor "nobody". Set DATABASE_URL.');
  throw new Error(`${cluster.data} belongs to user id ${owner ?? '?'}: start as the user who made it, or choose another data folder`);
}

/** Joins the running server, or starts it; another process may be doing the same at this moment. */
async function ownServer(setup: Setup): Promise<OwnedServer> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  let launches = 0;
  let launched: LaunchedServer = { ended: true };
  while (performance.now() < deadline) {
    const found = await findServer(setup.cluster);
    if (typeof found === 'object') return found;
    if (found === 'busy' || !launched.ended) {
      await sleep(POLL_MS);
      continue;
    }
    if (launches === MAX_LAUNCHES) break;
    if (launches === 0) setup.log('Starting PostgreSQL');
    if (found === 'stale') await markStale(setup.cluster);
    await sleep(RELAUNCH_PAUSE_MS * launches);
    launches += 1;
    launched = await launchServer({ ...setup, port: setup.port ?? (await freePort()) });
  }
  throw new Error(`PostgreSQL did not start in ${setup.cluster.home}:\n${await logTail(setup.cluster)}`);
}

/** `stale`: the process that postmaster.pid names lives, but is no server of this cluster. */
async function findServer(cluster: Cluster): Promise<OwnedServer | 'busy' | 'absent' | 'stale'> {
  const deadline = performance.now() + SILENCE_LIMIT_MS;
  while (performance.now() < deadline) {
    const note = await readServerNote(cluster);
    if (!note || !isAlive(note.pid)) return 'absent';
    const inPlace = note.data === cluster.data; // else the folder was copied while its server ran
    const session = inPlace ? await OwnerSession.open(urlOf(cluster, note.port)) : 'refused';
    if (session === 'busy') return 'busy';
    if (session !== 'refused') return { session, port: note.port };
    await sleep(POLL_MS);
  }
  return 'stale';
}

function urlOf(cluster: Cluster, port: number): string {
  return `postgres://linkwright:${cluster.password}@127.0.0.1:${port}/linkwright`;
}
