import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/auth/permissions.decorator.js';
import { Accepts } from '../../platform/http/accepts.decorator.js';
import { PageRenderer } from '../../platform/templates/page-renderer.js';
import { Unsubscriptions } from './unsubscriptions.service.js';

/** The public page behind List-Unsubscribe. It answers itself: no redirect, no cookie (RFC 8058 section 3.2). */
@ApiExcludeController()
@Controller('u')
export class UnsubscribeController {
  private readonly pages = new PageRenderer();

  constructor(private readonly unsubscriptions: Unsubscriptions) {}

  /** Asks; scanners open links, so looking changes nothing (standards 22). */
  @Get(':token')
  @Public(true)
  async ask(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const senderName = await this.unsubscriptions.senderOf(token);
    this.answer(reply, senderName, 'unsubscribe-confirm');
  }

  /** Acts, on a mail program's one click and on the page's own button; the link alone says for whom (standards 19). */
  @Post(':token')
  @Public(true)
  @Accepts('application/x-www-form-urlencoded', 'multipart/form-data')
  async stop(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const senderName = await this.unsubscriptions.stop(token, request.id);
    this.answer(reply, senderName, 'unsubscribe-done');
  }

  private answer(reply: FastifyReply, senderName: string | undefined, page: 'unsubscribe-confirm' | 'unsubscribe-done'): void {
    const html = senderName === undefined ? this.pages.render('unsubscribe-invalid', {}) : this.pages.render(page, { senderName });
    void reply
      .status(senderName === undefined ? 404 : 200)
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': this.pages.contentSecurityPolicy,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-robots-tag': 'noindex',
      })
      .send(html);
  }
}
