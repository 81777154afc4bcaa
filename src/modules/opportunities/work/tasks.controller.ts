import { Body, Controller, Get, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { ApiFilters, ApiSorts } from '../../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { ChangeTaskRequest, CreateTaskRequest, TaskPage, TaskResponse } from './tasks.dto.js';
import { Tasks } from './tasks.service.js';

@ApiTags('tasks')
@ApiBearerAuth()
@Controller('tasks')
export class TasksController {
  constructor(private readonly tasks: Tasks) {}

  /** Work that waits for a person, what is due first on top. `filter[state]` is open or done. */
  @Get()
  @ApiSorts('dueAt', '-dueAt')
  @Requires('tasks:read')
  @ApiFilters({ choice: 'state', of: ['open', 'done'] }, 'kind', 'subjectType', 'subjectId', 'opportunityId', 'projectId', 'assigneeId', {
    range: 'dueAt',
  })
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<TaskPage> {
    const found = await this.tasks.list(actor, query);
    return { ...found, data: found.data.map((row) => TaskResponse.from(row)) };
  }

  /** Put down what is to be done, at a site, a person, an opportunity, a mail or another record: give the id of exactly one. */
  @Post()
  @Requires('tasks:write')
  @Problems('record_required')
  @ApiCreatedResponse({ type: TaskResponse })
  async create(@CurrentActor() actor: Actor, @Body() body: CreateTaskRequest): Promise<TaskResponse> {
    return TaskResponse.from(await this.tasks.create(actor, body));
  }

  /** Mark a task as done, hand it to somebody, or put it off. */
  @Patch(':id')
  @Requires('tasks:write')
  @Problems('task_open_already')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeTaskRequest,
  ): Promise<TaskResponse> {
    return TaskResponse.from(await this.tasks.change(actor, id, body, ifVersion));
  }
}
