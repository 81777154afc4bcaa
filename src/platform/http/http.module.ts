import { Global, Module } from '@nestjs/common';
import { Metrics } from '../telemetry/metrics.js';
import { HealthController } from './health.controller.js';
import { ProblemKindsController } from './problem-kinds.controller.js';
import { Readiness } from './readiness.js';
import { PageRenderer } from '../templates/page-renderer.js';

/** The parts of the HTTP edge that take part in injection; the rest is `configureHttp`. */
@Global()
@Module({
  controllers: [HealthController, ProblemKindsController],
  providers: [Readiness, Metrics, { provide: PageRenderer, useFactory: () => new PageRenderer() }],
  exports: [Readiness, Metrics, PageRenderer],
})
export class HttpModule {}
