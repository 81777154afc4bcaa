import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../../platform/auth/permissions.decorator.js';
import { Accepts } from '../../../platform/http/input/accepts.decorator.js';
import type { FormFields } from '../../../platform/http/input/body-parsers.js';
import { answerPage, ApiPages } from '../../../platform/http/public-page.js';
import { Throttled } from '../../../platform/limits/throttled.decorator.js';
import { PageRenderer } from '../../../platform/templates/page-renderer.js';
import { ReportPage } from './report-page.service.js';

const NO_LINK = 'The link is unknown, over, or revoked.';

/** The prospect's "my link is live" page: HTML without scripts, opened by the token in a mail. */
/** What mail programs take along from the sentence around a link. */
const OF_THE_SENTENCE = /[.,;:!?)\]}>'"’”»/]{1,5}$/;

@ApiTags('pages')
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
  @ApiPages({ 200: 'The form.', 404: NO_LINK })
  async show(@Param('token') token: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const ticket = await this.reportPage.find(token.replace(OF_THE_SENTENCE, ''));
    if (!ticket) return answerPage(reply, this.pages, { status: 404, page: 'report-invalid', shown: {} });
    const { projectName, targetUrl } = ticket;
    return answerPage(reply, this.pages, { status: 200, page: 'report-form', shown: { projectName, targetUrl } });
  }

  /** Takes the address of the page that carries the link, looks at it at once, and says what it saw. */
  @Post(':token')
  @HttpCode(200)
  @Public(true)
  @Accepts('application/x-www-form-urlencoded')
  @ApiBody({ schema: { type: 'object', properties: { url: { type: 'string', maxLength: 2048 } }, additionalProperties: false }, required: false })
  @ApiPages({
    200: 'What was seen.',
    404: NO_LINK,
    422: 'The form again, with what is wrong with the address.',
    429: 'The form again: that was enough for one day.',
  })
  async report(
    @Param('token') token: string,
    @Body() form: FormFields | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const ticket = await this.reportPage.find(token.replace(OF_THE_SENTENCE, ''));
    if (!ticket) return answerPage(reply, this.pages, { status: 404, page: 'report-invalid', shown: {} });
    return answerPage(reply, this.pages, await this.reportPage.submit(ticket, form?.['url'] ?? '', request.id));
  }
}
