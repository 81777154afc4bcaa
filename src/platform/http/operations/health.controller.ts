import { Controller, Get, Header, HttpCode, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../auth/permissions.decorator.js';
import { Metrics } from '../../telemetry/metrics.js';
import { Problems } from '../problems/problems.decorator.js';
import { Readiness } from './readiness.js';

const READINESS = {
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['not ready', 'ready'] },
    checks: { type: 'object', additionalProperties: { type: 'string', enum: ['failed', 'ok'] } },
    notes: { type: 'object', additionalProperties: { type: 'string' }, description: 'What people should look at while it serves on.' },
  },
  required: ['status', 'checks'],
};

/** For probes and scrapers, outside the API's prefix. */
@ApiTags('health')
@Public(true)
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
  ) {}

  /** The process runs. */
  @Get('healthz')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOkResponse({ schema: { type: 'object', properties: { status: { type: 'string', enum: ['ok'] } }, required: ['status'] } })
  alive(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can serve: 503 while something it needs is missing, and during shutdown. */
  @Get('readyz')
  @Header('cache-control', 'no-store')
  @ApiOkResponse({ description: 'Each check is ok.', schema: READINESS })
  @ApiServiceUnavailableResponse({ description: 'A check failed, or the process is going down.', schema: READINESS })
  async ready(
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ status: string; checks: Record<string, string>; notes?: Record<string, string> }> {
    const { ready, ...report } = await this.readiness.report();
    if (!ready) void reply.status(503);
    return { status: ready ? 'ready' : 'not ready', ...report };
  }

  /** Numbers of this process, for Prometheus. */
  @Get('metrics')
  @Header('cache-control', 'no-store')
  @Problems('unauthorized', 'not_found')
  @ApiProduces('text/plain')
  async numbers(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.contentType);
    return this.metrics.render();
  }
}
