import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/auth/permissions.decorator.js';
import { Accepts } from '../../platform/http/accepts.decorator.js';
import type { FormFields } from '../../platform/http/body-parsers.js';
import { PageRenderer, type PublicPages } from '../../platform/templates/page-renderer.js';
import { ReportPage } from './report-page.service.js';

/** The prospect's "my link is live" page: HTML without scripts, opened by the token in a mail. */
@ApiExcludeController()
@Controller('r')
export class ReportPageController {
  constructor(
    private readonly reportPage: ReportPage,
    private readonly pages: PageRenderer,
  ) {}

  /** Shows the form and changes nothing: mail scanners open every link. */
  @Get(':token')
  @Public(true)
  async show(@Param('token') token: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const ticket = await this.reportPage.find(token);
    if (!ticket) return this.send(reply, 404, 'report-invalid', {});
    return this.send(reply, 200, 'report-form', { projectName: ticket.projectName, targetUrl: ticket.targetUrl });
  }

  @Post(':token')
  @HttpCode(200)
  @Public(true)
  @Accepts('application/x-www-form-urlencoded')
  async report(
    @Param('token') token: string,
    @Body() form: FormFields | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const ticket = await this.reportPage.find(token);
    if (!ticket) return this.send(reply, 404, 'report-invalid', {});
    const answer = await this.reportPage.submit(ticket, form?.['url'] ?? '', request.id);
    return this.send(reply, answer.status, answer.page, answer.shown);
  }

  private send<P extends keyof PublicPages>(reply: FastifyReply, status: number, page: P, shown: PublicPages[P]): string {
    void reply.status(status).headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': this.pages.contentSecurityPolicy,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
    });
    return this.pages.render(page, shown);
  }
}
