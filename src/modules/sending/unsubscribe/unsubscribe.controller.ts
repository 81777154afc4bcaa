import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../../platform/auth/permissions.decorator.js';
import { Accepts } from '../../../platform/http/input/accepts.decorator.js';
import { answerPage, ApiPages } from '../../../platform/http/public-page.js';
import { Throttled } from '../../../platform/limits/throttled.decorator.js';
import { PageRenderer } from '../../../platform/templates/page-renderer.js';
import { Unsubscriptions } from './unsubscriptions.service.js';

const NO_LINK = 'The link is unknown.';

/** The public page behind List-Unsubscribe. It answers itself: no redirect, no cookie (RFC 8058 section 3.2). */
@ApiTags('pages')
@Controller('u')
@Throttled('unsubscribe')
export class UnsubscribeController {
  constructor(
    private readonly unsubscriptions: Unsubscriptions,
    private readonly pages: PageRenderer,
  ) {}

  /** Asks; scanners open links, so looking changes nothing (standards 22). */
  @Get(':token')
  @Public(true)
  @ApiPages({ 200: 'The question, with a button.', 404: NO_LINK })
  async ask(@Param('token') token: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    return this.answer(reply, await this.unsubscriptions.senderOf(token), 'unsubscribe-confirm');
  }

  /** Acts, on a mail program's one click and on the page's own button; the link alone says for whom (standards 19). */
  @Post(':token')
  @HttpCode(200)
  @Public(true)
  @Accepts('application/x-www-form-urlencoded', 'multipart/form-data')
  @ApiBody({ schema: { type: 'object', properties: { 'List-Unsubscribe': { type: 'string', maxLength: 100 } } }, required: false })
  @ApiPages({ 200: 'It is done.', 404: NO_LINK })
  async stop(@Param('token') token: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    return this.answer(reply, await this.unsubscriptions.stop(token, request.id), 'unsubscribe-done');
  }

  private answer(reply: FastifyReply, senderName: string | undefined, page: 'unsubscribe-confirm' | 'unsubscribe-done'): string {
    if (senderName === undefined) return answerPage(reply, this.pages, { status: 404, page: 'unsubscribe-invalid', shown: {} });
    return answerPage(reply, this.pages, { status: 200, page, shown: { senderName } });
  }
}
