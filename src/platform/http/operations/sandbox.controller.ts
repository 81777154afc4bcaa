import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Requires } from '../../auth/permissions.decorator.js';
import { Clock } from '../../clock.js';
import { SandboxClock } from '../../sandbox-clock.service.js';
import { Problems } from '../problems/problems.decorator.js';
import { AdvanceClockRequest, ClockResponse } from './sandbox.dto.js';

@ApiTags('sandbox')
@ApiBearerAuth()
@Controller('sandbox/clock')
export class SandboxController {
  constructor(
    private readonly clock: Clock,
    private readonly sandbox: SandboxClock,
  ) {}

  /** What time it is for the product. */
  @Get()
  @Requires('workspace:read')
  now(): ClockResponse {
    return { now: this.clock.now().toISOString() };
  }

  /** Moves time on for all processes: follow-ups, deadlines and re-checks fall due. Only with SANDBOX=true. */
  @Post('advance')
  @HttpCode(200)
  @Requires('workspace:write')
  @Problems('clock_out_of_range')
  async advance(@Body() body: AdvanceClockRequest): Promise<ClockResponse> {
    return { now: (await this.sandbox.advance(body.seconds)).toISOString() };
  }
}
