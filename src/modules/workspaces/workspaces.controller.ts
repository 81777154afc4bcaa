import { Body, Controller, Get, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { ChangeWorkspaceRequest, CreateWorkspaceRequest, WorkspaceResponse } from './workspaces.dto.js';
import { Workspaces } from './workspaces.service.js';

@ApiTags('workspaces')
@ApiBearerAuth()
@Controller()
export class WorkspacesController {
  constructor(private readonly workspaces: Workspaces) {}

  /** The workspace of the key or session. */
  @Get('workspace')
  @Requires('workspace:read')
  async read(@CurrentActor() actor: Actor): Promise<WorkspaceResponse> {
    return WorkspaceResponse.from(await this.workspaces.get(actor));
  }

  /** Change the workspace's settings. */
  @Patch('workspace')
  @Requires('workspace:write')
  async change(@CurrentActor() actor: Actor, @IfMatch() ifVersion: IfVersion, @Body() body: ChangeWorkspaceRequest): Promise<WorkspaceResponse> {
    return WorkspaceResponse.from(await this.workspaces.change(actor, body, ifVersion));
  }

  /** Make another workspace, as the owner of the installation. Log in with its id to enter it. */
  @Post('workspaces')
  @Requires('workspace:write')
  async create(@CurrentActor() actor: Actor, @Body() body: CreateWorkspaceRequest): Promise<WorkspaceResponse> {
    return WorkspaceResponse.from(await this.workspaces.create(actor, body.name));
  }
}
