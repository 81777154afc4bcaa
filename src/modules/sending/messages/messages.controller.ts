import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { MESSAGE_STATES } from '../../../domain/machines/message.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { eachItem } from '../../../platform/http/input/bulk.js';
import { ApiFilters, CREATED_AT } from '../../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { Explanations } from '../explain/explanations.service.js';
import {
  BulkMessagesRequest,
  BulkMessagesResponse,
  ChangeMessageRequest,
  ExplanationResponse,
  MessagePage,
  MessageResponse,
  MessageSummaryResponse,
  ResolveMessageRequest,
} from './messages.dto.js';
import { MESSAGE_FILTERS } from './messages.queries.js';
import { Messages } from './messages.service.js';

const MESSAGE_CHOICES = [
  { choice: 'state', of: [...MESSAGE_STATES, 'received'] },
  { choice: 'direction', of: ['out', 'in'] },
  { choice: 'source', of: ['sequence', 'person', 'mailbox', 'reclaim', 'nudge'] },
  { choice: 'stepKind', of: ['mail', 'review'] },
];

@ApiTags('messages')
@ApiBearerAuth()
@Controller('messages')
export class MessagesController {
  constructor(
    private readonly messages: Messages,
    private readonly explanations: Explanations,
  ) {}

  /** Every mail out and in, the newest first, without its text. */
  @Get()
  @Requires('messages:read')
  @ApiFilters(...MESSAGE_FILTERS, ...MESSAGE_CHOICES, CREATED_AT, { range: 'sentAt' })
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<MessagePage> {
    const found = await this.messages.list(actor, query);
    return { ...found, data: found.data.map((row) => MessageSummaryResponse.from(row)) };
  }

  /** Release drafts. Each item answers for itself: 200, or the problem that it alone has. */
  @Post('bulk')
  @HttpCode(200)
  @Requires('messages:write')
  async bulk(@CurrentActor() actor: Actor, @Body() { items }: BulkMessagesRequest): Promise<BulkMessagesResponse> {
    const results = await eachItem(items, async ({ id, ifVersion }) => {
      await this.messages.release(actor, id, ifVersion);
      return { id, created: false };
    });
    return { results };
  }

  /** One mail with its text. */
  @Get(':id')
  @Requires('messages:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<MessageResponse> {
    return MessageResponse.from(await this.messages.get(actor, id));
  }

  /** Rewrite a draft; its earlier words are kept. Text or html alone replaces both parts; the ending that every mail of a sequence has is put back where it is gone. One that waits for approval becomes a draft again. 409 `message_not_editable` once it is released. */
  @Patch(':id')
  @Requires('messages:write')
  @Problems('message_not_editable', 'text_needed', 'mail_too_long')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeMessageRequest,
  ): Promise<MessageResponse> {
    return MessageResponse.from(await this.messages.change(actor, id, body, ifVersion));
  }

  /** Why a mail has not left: every gate with its verdict, and the earliest time at which all are open. */
  @Get(':id/explain')
  @Requires('messages:read')
  async explain(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ExplanationResponse> {
    return ExplanationResponse.from(await this.explanations.explain(actor, id));
  }

  /** Say what became of a mail of unknown fate. 409 `illegal_transition` for any other. */
  @Post(':id/resolve')
  @HttpCode(200)
  @Requires('messages:write')
  @Problems('illegal_transition')
  async resolve(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ResolveMessageRequest,
  ): Promise<MessageResponse> {
    return MessageResponse.from(await this.messages.resolve(actor, id, body, ifVersion));
  }

  /** Take back a mail that has not left. Its sequence goes on, but stops when this was its first mail. */
  @Post(':id/cancel')
  @HttpCode(200)
  @Requires('messages:write')
  @Problems('illegal_transition', 'delivery_unknown')
  async cancel(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @IfMatch() ifVersion: IfVersion): Promise<MessageResponse> {
    return MessageResponse.from(await this.messages.cancel(actor, id, ifVersion));
  }
}
