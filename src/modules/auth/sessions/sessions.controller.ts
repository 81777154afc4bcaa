import { Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { SignedIn } from '../../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { readPage } from '../../../platform/http/lists/paging.js';
import { SessionPage, SessionResponse } from './sessions.dto.js';
import { SESSION_LIST } from './sessions.queries.js';
import { Sessions } from './sessions.service.js';

/** Where whoever is logged in is logged in; not for API keys. */
@ApiTags('auth')
@Controller('auth/sessions')
@SignedIn(true)
export class SessionsController {
  constructor(private readonly sessions: Sessions) {}

  /** Your own sessions that are still open, in all your workspaces, the newest first. */
  @Get()
  @ApiFilters(CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<SessionPage> {
    const found = await this.sessions.list(actor, readPage(query, SESSION_LIST));
    return { ...found, data: found.data.map((row) => SessionResponse.from(row, actor.sessionId)) };
  }

  /** End one of your sessions: it stops within five seconds. */
  @Delete(':id')
  @HttpCode(204)
  async end(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @IfMatch() ifVersion: IfVersion): Promise<void> {
    await this.sessions.end(actor, id, ifVersion);
  }

  /** End all your sessions but this one. */
  @Delete()
  @HttpCode(204)
  async endOthers(@CurrentActor() actor: Actor): Promise<void> {
    await this.sessions.endOthers(actor);
  }
}
