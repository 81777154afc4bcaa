import { Body, Controller, Get, Param, ParseUUIDPipe, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiHeader, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { BulkResponse } from '../../platform/http/input/bulk.dto.js';
import { ApiFilters, ApiSorts, CREATED_AT } from '../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { PageQuery, SearchQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { answerWithJob, prefersJob } from '../../platform/http/input/prefer.js';
import { JobResponse } from '../../platform/jobs/jobs.dto.js';
import { Jobs } from '../../platform/jobs/jobs.service.js';
import { BulkProspects } from './bulk-prospects.service.js';
import {
  BulkProspectsRequest,
  ChangeProspectRequest,
  CreateProspectRequest,
  ProspectPage,
  ProspectResponse,
  TimelineEntry,
  TimelinePage,
} from './prospects.dto.js';
import { Prospects } from './prospects.service.js';

@ApiTags('prospects')
@ApiBearerAuth()
@Controller('prospects')
export class ProspectsController {
  constructor(
    private readonly prospects: Prospects,
    private readonly bulk: BulkProspects,
    private readonly jobs: Jobs,
  ) {}

  /** Add a website that could link to you. A known site again: 200 and the same one, nothing overwritten. 422 `no_registrable_domain`. */
  @Post()
  @Requires('prospects:write')
  @Problems('url_not_accepted', 'no_registrable_domain', 'external_ref_taken')
  @ApiCreatedResponse({ type: ProspectResponse })
  @ApiOkResponse({ type: ProspectResponse, description: 'The site was known already.' })
  async create(
    @CurrentActor() actor: Actor,
    @Body() body: CreateProspectRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProspectResponse> {
    const { prospect, created } = await this.prospects.create(actor, body);
    void reply.status(created ? 201 : 200);
    return ProspectResponse.from(prospect);
  }

  /**
   * Add up to 1,000 websites; each gets an answer of its own, as from adding it alone. With `Prefer: respond-async` 202 and a
   * job, whose `result` is the same answer.
   */
  @Post('bulk')
  @Requires('prospects:write')
  @ApiHeader({ name: 'Prefer', required: false, description: '`respond-async` makes it a job (RFC 7240).', schema: { type: 'string' } })
  @ApiOkResponse({ type: BulkResponse })
  @ApiAcceptedResponse({ type: JobResponse, description: 'A job does it: see Location.' })
  async createMany(
    @CurrentActor() actor: Actor,
    @Body() { items }: BulkProspectsRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BulkResponse | JobResponse> {
    void reply.status(200);
    if (!prefersJob(request)) return { results: await this.bulk.create(actor, items) };
    const job = await this.jobs.get(actor, await this.bulk.createLater(actor, items));
    answerWithJob(reply, job.id);
    return JobResponse.from(job);
  }

  /** Prospects, the newest first. */
  @Get()
  @Requires('prospects:read')
  @ApiFilters('externalRef', 'domain', 'tag', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: SearchQuery): Promise<ProspectPage> {
    const found = await this.prospects.list(actor, query);
    return { ...found, data: found.data.map((row) => ProspectResponse.from(row)) };
  }

  /** One prospect. */
  @Get(':id')
  @Requires('prospects:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ProspectResponse> {
    return ProspectResponse.from(await this.prospects.get(actor, id));
  }

  /** Change a prospect. */
  @Patch(':id')
  @Requires('prospects:write')
  @Problems('external_ref_taken')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeProspectRequest,
  ): Promise<ProspectResponse> {
    return ProspectResponse.from(await this.prospects.change(actor, id, body, ifVersion));
  }

  /** All that happened at the site in one order: mail, moves, link checks, notes. */
  @Get(':id/timeline')
  @ApiSorts('-at', 'at')
  @Requires('prospects:read')
  async timeline(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Query() query: PageQuery): Promise<TimelinePage> {
    const found = await this.prospects.timeline(actor, id, query);
    return { ...found, data: found.data.map((row) => TimelineEntry.from(row)) };
  }
}
