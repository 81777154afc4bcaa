import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, OffsetClock } from './clock.js';
import { AppConfig } from './config/app-config.js';
import { DatabaseModule } from './database/database.module.js';
import { Listener } from './database/listener.js';
import { HttpOptions } from './http/http-options.js';
import { Housekeeping } from './jobs/housekeeping.service.js';
import { JobQueue } from './jobs/job-queue.js';
import { WorkLoops } from './jobs/work-loops.js';
import { SandboxClock } from './sandbox-clock.service.js';
import { openInstallation } from './secrets/installation.js';
import { LinkSigner, SecretBox } from './secrets/secret-box.js';
import { WebFetchModule } from './web-fetch/web-fetch.module.js';

/** What every feature may ask for without importing a module: configuration, time, secrets, loops. */
@Global()
@Module({})
export class CoreModule {
  /** @param config complete: DATABASE_URL and SECRET_KEY are known */
  static with(config: AppConfig, clock: Clock = new OffsetClock()): DynamicModule {
    const { SECRET_KEY } = config;
    if (!SECRET_KEY) throw new Error('SECRET_KEY is not known yet: bootstrap reads it first.');
    const box = new SecretBox(SECRET_KEY);
    const options: HttpOptions = { publicUrl: config.publicUrl, trustedProxies: config.TRUSTED_PROXIES, metricsToken: config.METRICS_TOKEN };
    return {
      module: CoreModule,
      imports: [DatabaseModule, WebFetchModule],
      providers: [
        { provide: AppConfig, useValue: config },
        { provide: Clock, useValue: clock },
        { provide: HttpOptions, useValue: options },
        { provide: SecretBox, useValue: box },
        { provide: LinkSigner, inject: [DataSource], useFactory: (db: DataSource) => openInstallation(db, box) },
        Listener,
        WorkLoops,
        JobQueue,
        Housekeeping,
        SandboxClock,
      ],
      exports: [AppConfig, Clock, HttpOptions, SecretBox, LinkSigner, Listener, WorkLoops, JobQueue, SandboxClock],
    };
  }
}
