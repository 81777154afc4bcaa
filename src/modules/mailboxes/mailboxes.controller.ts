import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { RecentLogin } from '../../platform/auth/recent-login.guard.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { MAILBOX_STATES } from './mailbox.entity.js';
import { ChangeMailboxRequest, CreateMailboxRequest, MailboxList, MailboxResponse, MailboxTestResponse } from './mailboxes.dto.js';
import { MailboxTests } from './logins/mailbox-tests.service.js';
import { Mailboxes } from './mailboxes.service.js';
import { bringsMailSecret } from './logins/mail-secrets.js';

@ApiTags('mailboxes')
@ApiBearerAuth()
@Controller('mailboxes')
export class MailboxesController {
  constructor(
    private readonly mailboxes: Mailboxes,
    private readonly tests: MailboxTests,
  ) {}

  /** Connect a mailbox. 422 `target_not_public` for a server inside, `tls_required` for one that is not encrypted. */
  @Post()
  @Requires('mailboxes:write')
  @Problems(
    'target_not_public',
    'tls_required',
    'invalid_email',
    'oauth_not_available',
    'password_required',
    'user_required',
    'dkim_key_unusable',
    'empty_window',
  )
  @RecentLogin(bringsMailSecret)
  async create(@CurrentActor() actor: Actor, @Body() body: CreateMailboxRequest): Promise<MailboxResponse> {
    return MailboxResponse.from(await this.mailboxes.create(actor, body));
  }

  /** Mailboxes without their secrets, the newest first. */
  @Get()
  @Requires('mailboxes:read')
  @ApiFilters({ choice: 'state', of: MAILBOX_STATES }, CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<MailboxList> {
    const found = await this.mailboxes.list(actor, query);
    return { ...found, data: found.data.map((row) => MailboxResponse.from(row)) };
  }

  /** A mailbox without its secrets. */
  @Get(':id')
  @Requires('mailboxes:read')
  async read(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<MailboxResponse> {
    return MailboxResponse.from(await this.mailboxes.get(actor, id));
  }

  /** Change a mailbox, take it out of use, or open it again after an alarm: `state: connected` says that a person has looked. */
  @Patch(':id')
  @Requires('mailboxes:write')
  @Problems(
    'target_not_public',
    'tls_required',
    'invalid_email',
    'oauth_not_available',
    'password_required',
    'user_required',
    'dkim_key_unusable',
    'oauth_other_address',
    'link_domain_not_accepted',
    'empty_window',
  )
  @RecentLogin(bringsMailSecret)
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeMailboxRequest,
  ): Promise<MailboxResponse> {
    return MailboxResponse.from(await this.mailboxes.change(actor, id, body, ifVersion));
  }

  /** Log in to the SMTP server as a mail would, and to the IMAP server where there is one, and say what happened. Sends nothing. */
  @Post(':id/test')
  @HttpCode(200)
  @Requires('mailboxes:write')
  test(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<MailboxTestResponse> {
    return this.tests.test(actor, id);
  }
}
