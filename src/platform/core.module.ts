import { resolve } from 'node:path';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { Clock, OffsetClock } from './clock.js';
import { AppConfig } from './config/app-config.js';
import { DatabaseModule } from './database/database.module.js';
import { Listener } from './database/listener.js';
import { FilterValues } from './http/lists/filter-values.interceptor.js';
import { HttpOptions } from './http/http-options.js';
import { SealedCursors } from './http/lists/sealed-cursors.interceptor.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { KeptAnswers } from './idempotency/kept-answers.service.js';
import { Housekeeping } from './jobs/housekeeping.service.js';
import { JobQueue } from './jobs/job-queue.js';
import { JobsController } from './jobs/jobs.controller.js';
import { Jobs } from './jobs/jobs.service.js';
import { LongWork } from './jobs/long-work.service.js';
import { WorkLoops } from './jobs/work-loops.js';
import { ThrottleInterceptor } from './limits/throttle.interceptor.js';
import { Throttle } from './limits/throttle.service.js';
import { SystemMail } from './mail/system-mail.service.js';
import { SandboxClock } from './sandbox-clock.service.js';
import { DnsReader } from './dns/dns-reader.js';
import { GuardFolder } from './restore/guard-folder.js';
import { OptOutJournal } from './restore/opt-out-journal.js';
import { RestoreGuard } from './restore/restore-guard.service.js';
import { openInstallation, openSuppressionKey } from './secrets/installation.js';
import { LinkSigner, SecretBox } from './secrets/secret-box.js';
import { SuppressionHasher } from './secrets/suppression-hasher.js';
import { WebFetchModule } from './web-fetch/web-fetch.module.js';

/** What the HTTP edge takes from the settings. */
export function httpOptions(config: AppConfig): HttpOptions {
  return {
    publicUrl: config.publicUrl,
    trustedProxies: config.TRUSTED_PROXIES,
    callsPerMinute: config.RATE_LIMIT_PER_MINUTE,
    strangerCallsPerMinute: config.RATE_LIMIT_ANONYMOUS_PER_MINUTE,
    corsOrigins: config.CORS_ORIGINS,
    metricsToken: config.METRICS_TOKEN,
  };
}

/** Made of a key that is never rotated: the same for every copy of its database, and for no other. */
function installationName(signer: LinkSigner): string {
  return signer.sign('restore-guard', 'name').slice(0, 16);
}

/** What every feature may ask for without importing a module: configuration, time, secrets, loops. */
@Global()
@Module({})
export class CoreModule {
  /** @param config complete: DATABASE_URL and SECRET_KEY are known */
  static with(config: AppConfig, clock: Clock = new OffsetClock()): DynamicModule {
    const { SECRET_KEY } = config;
    if (!SECRET_KEY) throw new Error('SECRET_KEY is not known yet: bootstrap reads it first.');
    const box = new SecretBox(SECRET_KEY);
    return {
      module: CoreModule,
      imports: [DatabaseModule, WebFetchModule],
      controllers: [JobsController],
      providers: [
        { provide: AppConfig, useValue: config },
        { provide: Clock, useValue: clock },
        { provide: HttpOptions, useValue: httpOptions(config) },
        { provide: SecretBox, useValue: box },
        { provide: DnsReader, useValue: new DnsReader(config.DNS_SERVERS) },
        { provide: LinkSigner, inject: [DataSource], useFactory: (db: DataSource) => openInstallation(db, box) },
        // the signer stands here only so that SECRET_KEY is looked at first
        { provide: SuppressionHasher, inject: [DataSource, LinkSigner], useFactory: (db: DataSource) => openSuppressionKey(db, box) },
        {
          provide: GuardFolder,
          inject: [LinkSigner],
          useFactory: (signer: LinkSigner) => new GuardFolder(resolve(config.RESTORE_GUARD_DIR ?? config.DATA_DIR), installationName(signer)),
        },
        OptOutJournal,
        RestoreGuard,
        Listener,
        WorkLoops,
        JobQueue,
        Housekeeping,
        LongWork,
        Jobs,
        SandboxClock,
        SystemMail,
        KeptAnswers,
        Throttle,
        { provide: APP_INTERCEPTOR, useClass: ThrottleInterceptor }, // outermost: what is refused costs nothing more
        { provide: APP_INTERCEPTOR, useClass: SealedCursors },
        { provide: APP_INTERCEPTOR, useClass: FilterValues },
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
      ],
      exports: [
        AppConfig,
        Clock,
        HttpOptions,
        SecretBox,
        DnsReader,
        LinkSigner,
        SuppressionHasher,
        Listener,
        WorkLoops,
        JobQueue,
        LongWork,
        Jobs,
        SandboxClock,
        SystemMail,
        GuardFolder,
        RestoreGuard,
      ],
    };
  }
}
