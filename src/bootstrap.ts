import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Logger as NestLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import { Setup } from './modules/auth/login/setup.service.js';
import type { Clock } from './platform/clock.js';
import { type AppConfig, InvalidConfig, readConfig } from './platform/config/app-config.js';
import { httpOptions } from './platform/core.module.js';
import { startEmbeddedPostgres } from './platform/database/embedded/embedded-postgres.js';
import { Listener } from './platform/database/listener.js';
import { migrate } from './platform/database/migrate.js';
import { configureHttp, createHttpAdapter } from './platform/http/http-app.js';
import { listenForMetrics } from './platform/http/operations/metrics-guard.js';
import { serveOpenApi } from './platform/http/openapi.js';
import { listenForProbes } from './platform/http/operations/probe-listener.js';
import { Readiness } from './platform/http/operations/readiness.js';
import { JobQueue } from './platform/jobs/job-queue.js';
import { WorkLoops } from './platform/jobs/work-loops.js';
import { JOURNAL_LOOP } from './platform/restore/opt-out-journal.js';
import { EPOCH_LOOP, RestoreGuard } from './platform/restore/restore-guard.service.js';
import { SandboxClock } from './platform/sandbox-clock.service.js';
import { readOrMakeSecretKey } from './platform/secrets/secret-key-file.js';
import { Metrics } from './platform/telemetry/metrics.js';
import { QuietStart } from './platform/telemetry/nest-logger.js';

/** Past it a stop is forced: leases hand back what was left (promise 5). */
const STOP_WITHIN_MS = 18_000;

/** What the process stands on: settings complete, database up and migrated. */
export interface Ground {
  readonly config: AppConfig;
  stop(): Promise<void>;
}

/** Reads the settings, starts the embedded database when no other is named, and brings it up to date. */
export async function prepare(env: NodeJS.ProcessEnv, say: (line: string) => void = () => undefined): Promise<Ground> {
  const config = readConfig(env);
  const dataDir = resolve(config.DATA_DIR);
  let stop = async (): Promise<void> => undefined;
  if (!config.DATABASE_URL) {
    await mkdir(dataDir, { recursive: true });
    const embedded = await startEmbeddedPostgres({ dataDir, log: say });
    config.DATABASE_URL = embedded.url;
    stop = () => embedded.stop();
  }
  try {
    config.SECRET_KEY ??= await readOrMakeSecretKey(dataDir);
    if (config.AUTO_MIGRATE) await migrate(config.DATABASE_DIRECT_URL ?? config.DATABASE_URL);
  } catch (error) {
    await stop();
    throw error;
  }
  return { config, stop };
}

/**
 * The application, ready to listen; workers not yet running.
 * @param clock only tests give one
 */
export async function createApp(config: AppConfig, clock?: Clock): Promise<NestFastifyApplication> {
  const options = httpOptions(config);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config, clock), createHttpAdapter(options), {
    bufferLogs: true,
    abortOnError: false, // the caller says what is wrong, and hands the database back
  });
  app.useLogger(new QuietStart(app.get(Logger)));
  await configureHttp(app, options);
  serveOpenApi(app);
  const db = app.get(DataSource);
  app.get(Readiness).add('database', () => db.query('SELECT 1'));
  return app;
}

/** Starts the roles named in ROLES and returns when they run. */
export async function startRoles(app: NestFastifyApplication, config: AppConfig): Promise<void> {
  await app.init();
  await app.get(Listener).start();
  await app.get(RestoreGuard).begin();
  if (config.METRICS_PORT) await listenForMetrics(app.get(Metrics), { port: config.METRICS_PORT, host: config.HOST });
  if (config.ROLES.includes('api')) {
    await app.listen(config.PORT, config.HOST);
    process.stdout.write((await app.get(Setup).invitation()) ?? '');
  } else await answerProbes(app, config);
  const loops = app.get(WorkLoops);
  if (!config.ROLES.includes('worker')) {
    loops.start([EPOCH_LOOP, JOURNAL_LOOP]); // opt-outs come in here too, and outlive this machine
    return;
  }
  app.get(SandboxClock).onMoved(() => {
    loops.wakeAll();
  });
  loops.start();
  await app.get(JobQueue).work();
}

/** A taken port stops no worker: on one machine the api process holds it, and tells of itself there. */
async function answerProbes(app: NestFastifyApplication, { PORT: port, HOST: host }: AppConfig): Promise<void> {
  await listenForProbes(app.get(Readiness), { port, host }).catch((error: unknown) => {
    new NestLogger('Server').warn({ err: error, port }, 'no port for the health probes of this worker');
  });
}

/** The server process: starts, runs until told to stop, hands everything back. */
export async function runServer(): Promise<void> {
  let ground: Ground | undefined;
  try {
    ground = await prepare(environment(), (line) => process.stderr.write(`${line}\n`));
    const app = await createApp(ground.config);
    stopOnSignal(app, ground);
    await startRoles(app, ground.config);
    // what a worker throws away is soon most of its old heap: collected earlier, it holds two thirds of the memory (bench/mail-out)
    if (!ground.config.ROLES.includes('api')) setFlagsFromString('--heap-growing-percent=30');
    new NestLogger('Server').log({ roles: ground.config.ROLES, url: ground.config.publicUrl }, 'Linkwright is ready');
  } catch (error) {
    process.stderr.write(`${error instanceof InvalidConfig ? error.message : describe(error)}\n`);
    await ground?.stop().catch(() => undefined);
    process.exit(1);
  }
}

function stopOnSignal(app: NestFastifyApplication, ground: Ground): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    app.get(Readiness).drain();
    await app.close();
    await ground.stop();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}

/** For the commands and the server: whoever starts first reads it here. */
export function environment(): NodeJS.ProcessEnv {
  return process.env; // eslint-disable-line no-restricted-properties -- the one place that reads it; everything else asks AppConfig
}

function describe(error: unknown): string {
  // A connection that failed on every address of a host says nothing itself.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? `Cannot start: ${first.message}` : 'Cannot start.';
}
