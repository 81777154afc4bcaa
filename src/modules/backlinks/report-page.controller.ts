import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/auth/permissions.decorator.js';
import { Accepts } from '../../platform/http/input/accepts.decorator.js';
import type { FormFields } from '../../platform/http/input/body-parsers.js';
import { answerPage } from '../../platform/http/public-page.js';
import { Throttled } from '../../platform/limits/throttled.decorator.js';
import { PageRenderer } from '../../platform/templates/page-renderer.js';
import { ReportPage } from './report-page.service.js';

/** The prospect's "my link is live" page: HTML without scripts, opened by the token in a mail. */
@ApiExcludeController()
@Controller('r')
@Throttled('report-page')
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
    if (!ticket) return answerPage(reply, this.pages, { status: 404, page: 'report-invalid', shown: {} });
    const { projectName, targetUrl } = ticket;
    return answerPage(reply, this.pages, { status: 200, page: 'report-form', shown: { projectName, targetUrl } });
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
    if (!ticket) return answerPage(reply, this.pages, { status: 404, page: 'report-invalid', shown: {} });
    return answerPage(reply, this.pages, await this.reportPage.submit(ticket, form?.['url'] ?? '', request.id));
  }
}
