import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { WAITING_ON } from '../../domain/pipeline-snapshot.js';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/lists/filters.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { ThreadReplies } from './thread-replies.service.js';
import { AssignThreadRequest, ClassifyThreadRequest, ReplyRequest, ReplyResponse, ThreadPage, ThreadResponse, ThreadSummary } from './threads.dto.js';
import { Threads } from './threads.service.js';

@ApiTags('inbox')
@ApiBearerAuth()
@Controller('threads')
export class ThreadsController {
  constructor(
    private readonly threads: Threads,
    private readonly replies: ThreadReplies,
  ) {}

  /** Conversations by their newest mail, the newest first. `filter[waitingOn]=us` are those to answer. */
  @Get()
  @Requires('messages:read')
  @ApiFilters(
    ...['projectId', 'campaignId', 'opportunityId', 'contactId', 'mailboxId', 'assigneeId'],
    { choice: 'waitingOn', of: WAITING_ON },
    CREATED_AT,
  )
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<ThreadPage> {
    const found = await this.threads.list(actor, query);
    return { ...found, data: found.data.map((row) => ThreadSummary.from(row)) };
  }

  /** One conversation: your mails and what came back, oldest first. */
  @Get(':id')
  @Requires('messages:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ThreadResponse> {
    return ThreadResponse.from(id, await this.threads.get(actor, id), await this.threads.assignee(actor, id));
  }

  /** Say what their last answer means; the stage follows. 409 `no_answer_yet` while there is none. */
  @Post(':id/classify')
  @HttpCode(200)
  @Requires('messages:write')
  @Problems('no_answer_yet')
  @ApiOkResponse({ type: ThreadResponse })
  async classify(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: ClassifyThreadRequest): Promise<ThreadResponse> {
    return ThreadResponse.from(id, await this.threads.classify(actor, id, body.class), await this.threads.assignee(actor, id));
  }

  /** Say who answers it. */
  @Post(':id/assign')
  @HttpCode(200)
  @Requires('messages:write')
  @Problems('viewer_takes_no_work', 'outside_their_projects')
  @ApiOkResponse({ type: ThreadResponse })
  async assign(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: AssignThreadRequest): Promise<ThreadResponse> {
    return ThreadResponse.from(id, await this.threads.assign(actor, id, body.assigneeId), await this.threads.assignee(actor, id));
  }

  /**
   * Write to whoever wrote last, in the thread and from its mailbox, as soon as the mailbox may send. With `followUp` a second mail
   * goes out when nobody answers. 422 `values_missing` when a template lacks a value.
   */
  @Post(':id/reply')
  @Requires('messages:write')
  @Problems(
    'contact_blocked',
    'contact_erased',
    'invalid_email',
    'mail_too_long',
    'placeholders_left',
    'suppressed',
    'text_needed',
    'undeliverable',
    'values_missing',
  )
  @ApiCreatedResponse({ type: ReplyResponse })
  async reply(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: ReplyRequest): Promise<ReplyResponse> {
    return ReplyResponse.from(await this.replies.reply(actor, id, body));
  }
}
