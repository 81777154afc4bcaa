import { Global, Module } from '@nestjs/common';
import { RequestLimits } from '../limits/request-limits.js';
import { Metrics } from '../telemetry/metrics.js';
import { LinkHosts } from './link-hosts.js';
import { HealthController } from './operations/health.controller.js';
import { ProblemKindsController } from './problems/problem-kinds.controller.js';
import { Readiness } from './operations/readiness.js';
import { PageRenderer } from '../templates/page-renderer.js';

/** The parts of the HTTP edge that take part in injection; the rest is `configureHttp`. */
@Global()
@Module({
  controllers: [HealthController, ProblemKindsController],
  providers: [Readiness, Metrics, RequestLimits, LinkHosts, { provide: PageRenderer, useFactory: () => new PageRenderer() }],
  exports: [Readiness, Metrics, RequestLimits, LinkHosts, PageRenderer],
})
export class HttpModule {}
