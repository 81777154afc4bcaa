import { Controller, Delete, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../auth/actor.js';
import { CurrentActor } from '../auth/current-actor.decorator.js';
import { SignedIn } from '../auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../http/lists/filters.js';
import { IfMatch, type IfVersion } from '../http/input/if-match.decorator.js';
import { PageQuery } from '../http/lists/page-query.dto.js';
import { Problems } from '../http/problems/problems.decorator.js';
import { JobPage, JobResponse } from './jobs.dto.js';
import { JOB_STATES, Jobs } from './jobs.service.js';

/** Everybody sees the work they asked for; managers see all of it. */
@ApiTags('jobs')
@ApiBearerAuth()
@Controller('jobs')
export class JobsController {
  constructor(private readonly jobs: Jobs) {}

  /** Long work, the newest first. */
  @Get()
  @SignedIn(true)
  @ApiFilters({ choice: 'state', of: JOB_STATES }, 'kind', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<JobPage> {
    const found = await this.jobs.list(actor, query);
    return { ...found, data: found.data.map((row) => JobResponse.from(row)) };
  }

  /** How far a piece of work is, and what came of it. Kept for 30 days after its end. */
  @Get(':id')
  @SignedIn(true)
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<JobResponse> {
    return JobResponse.from(await this.jobs.get(actor, id));
  }

  /** Cancel it. What was done stays done; 409 `illegal_transition` when it is over. */
  @Delete(':id')
  @Problems('illegal_transition')
  @SignedIn(true)
  async cancel(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @IfMatch() ifVersion: IfVersion): Promise<JobResponse> {
    return JobResponse.from(await this.jobs.cancel(actor, id, ifVersion));
  }
}
