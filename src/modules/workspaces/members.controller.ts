import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ROLES } from '../../domain/permissions.js';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters, ApiSorts, CREATED_AT } from '../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { readPage } from '../../platform/http/lists/paging.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { HandOvers } from './hand-overs.service.js';
import { MemberChanges } from './member-changes.service.js';
import { ChangeMemberRequest, HandedOverResponse, HandOverRequest, MemberPage, MemberResponse, OpenWorkResponse } from './members.dto.js';
import { MEMBER_LIST } from './members.queries.js';
import { Members } from './members.service.js';

@ApiTags('workspaces')
@ApiBearerAuth()
@Controller('members')
export class MembersController {
  constructor(
    private readonly members: Members,
    private readonly changes: MemberChanges,
    private readonly handOvers: HandOvers,
  ) {}

  /** The people of the workspace; who sees only some projects meets those who see one of them too. */
  @Get()
  @ApiSorts('createdAt', '-createdAt')
  @Requires('members:read')
  @ApiFilters({ choice: 'role', of: ROLES }, CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<MemberPage> {
    const found = await this.members.list(actor, readPage(query, MEMBER_LIST));
    return { ...found, data: found.data.map((row) => MemberResponse.from(row)) };
  }

  /** One of the people of the workspace. */
  @Get(':id')
  @Requires('members:read')
  async read(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<MemberResponse> {
    return MemberResponse.from(await this.members.get(actor, id));
  }

  /**
   * Give a member another role or other projects, let them go or come back; it holds within five seconds. 409 `last_owner`; 409 `open_work`
   * with counts while the member has work in hand; 422 `role_exceeds_yours`, `owner_sees_all`.
   */
  @Patch(':id')
  @Problems('last_owner', 'open_work', 'role_exceeds_yours', 'owner_sees_all')
  @Requires('members:write')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeMemberRequest,
  ): Promise<MemberResponse> {
    await this.changes.change(actor, id, body, ifVersion);
    return MemberResponse.from(await this.members.get(actor, id));
  }

  /** What a member has in hand, and what becomes of it when they go. */
  @Get(':id/open-work')
  @Requires('members:write')
  async openWork(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<OpenWorkResponse> {
    return { memberId: id, work: await this.handOvers.openWork(actor, id) };
  }

  /**
   * Give all that a member has in hand to somebody else in one step, and let the member go if `deactivate` says so. Mailboxes stay, and
   * sequences go on from the same one. 422 `same_member`, `viewer_takes_no_work`, `outside_their_projects`.
   */
  @Post(':id/hand-over')
  @Problems('same_member', 'viewer_takes_no_work', 'outside_their_projects', 'last_owner', 'open_work')
  @HttpCode(200)
  @Requires('members:write')
  handOver(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: HandOverRequest): Promise<HandedOverResponse> {
    return this.handOvers.handOver(actor, id, body);
  }
}
