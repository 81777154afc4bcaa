import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ROLES } from '../../domain/permissions.js';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/filters.js';
import { PageQuery } from '../../platform/http/page-query.dto.js';
import { readPage } from '../../platform/http/paging.js';
import { MemberPage, MemberResponse } from './members.dto.js';
import { MEMBER_LIST } from './members.queries.js';
import { Members } from './members.service.js';

@ApiTags('workspaces')
@ApiBearerAuth()
@Controller('members')
export class MembersController {
  constructor(private readonly members: Members) {}

  /** The people of the workspace. */
  @Get()
  @Requires('members:read')
  @ApiFilters({ choice: 'role', of: ROLES }, CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<MemberPage> {
    const found = await this.members.list(actor, readPage(query, MEMBER_LIST));
    return { ...found, data: found.data.map((row) => MemberResponse.from(row)) };
  }
}
