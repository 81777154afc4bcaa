import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ENROLLMENT_STATES } from '../../../domain/machines/enrollment.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { AlsoRequires, Requires } from '../../../platform/auth/permissions.decorator.js';
import { BulkResponse } from '../../../platform/http/input/bulk.dto.js';
import { eachItem } from '../../../platform/http/input/bulk.js';
import { ApiFilters, CREATED_AT } from '../../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { BulkEnrollmentRequest, CreateEnrollmentRequest, EnrollmentPage, EnrollmentResponse, MoveEnrollmentRequest } from './enrollments.dto.js';
import { Enrollments } from './enrollments.service.js';

@ApiTags('enrollments')
@ApiBearerAuth()
@Controller('enrollments')
export class EnrollmentsController {
  constructor(private readonly enrollments: Enrollments) {}

  /** Put a contact into the sequence of a campaign. Known already: 200 and the same one. 409 `suppressed`, `undeliverable`, `site_already_in_contact` or `contact_already_in_contact`. */
  @Post()
  @Requires('enrollments:write')
  @Problems(
    'contact_merged',
    'contact_not_at_site',
    'opportunity_needed',
    'opportunity_of_other_campaign',
    'campaign_finished',
    'opportunity_closed',
    'contact_blocked',
    'suppressed',
    'undeliverable',
    'consent_required',
    'site_already_in_contact',
    'contact_already_in_contact',
  )
  @AlsoRequires(['opportunities:write'])
  @ApiCreatedResponse({ type: EnrollmentResponse })
  @ApiOkResponse({ type: EnrollmentResponse, description: 'The contact was enrolled in this campaign already.' })
  async create(
    @CurrentActor() actor: Actor,
    @Body() body: CreateEnrollmentRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EnrollmentResponse> {
    const { id, created } = await this.enrollments.create(actor, body);
    void reply.status(created ? 201 : 200);
    return EnrollmentResponse.from(await this.enrollments.get(actor, id));
  }

  /** Put up to 1,000 contacts into sequences; each item gets an answer of its own. */
  @Post('bulk')
  @HttpCode(200)
  @Requires('enrollments:write')
  @AlsoRequires(['opportunities:write'])
  async createMany(@CurrentActor() actor: Actor, @Body() body: BulkEnrollmentRequest): Promise<BulkResponse> {
    const results = await eachItem(body.items, async (item) => {
      const { id, created } = await this.enrollments.create(actor, item);
      return { id, created };
    });
    return { results };
  }

  /** Enrollments, the newest first. */
  @Get()
  @Requires('enrollments:read')
  @ApiFilters({ choice: 'state', of: ENROLLMENT_STATES }, 'campaignId', 'projectId', 'opportunityId', 'prospectId', 'contactId', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<EnrollmentPage> {
    const found = await this.enrollments.list(actor, query);
    return { ...found, data: found.data.map((row) => EnrollmentResponse.from(row)) };
  }

  /** One enrollment and the steps that a person may take. */
  @Get(':id')
  @Requires('enrollments:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<EnrollmentResponse> {
    return EnrollmentResponse.from(await this.enrollments.get(actor, id));
  }

  /** Pause it, let it go on, or stop it. 409 `illegal_transition` lists what is allowed. */
  @Post(':id/moves')
  @HttpCode(200)
  @Requires('enrollments:write')
  @Problems('illegal_transition', 'fact_required')
  async move(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: MoveEnrollmentRequest,
  ): Promise<EnrollmentResponse> {
    return EnrollmentResponse.from(await this.enrollments.move(actor, id, body, ifVersion));
  }
}
