import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import { type FirstMailFinding, firstMailFindings } from '../../domain/first-mail-rules.js';
import { leftOverInMail } from '../../domain/placeholders.js';
import type { TemplateVariable } from '../../domain/template-variables.js';
import type { Actor } from '../../platform/auth/actor.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { TemplateThread } from '../../platform/templates/template-thread.js';
import { loadMailVariables, type MailSubject } from './mail-variables.service.js';
import { findTemplate } from './templates.queries.js';

export interface TemplatePreview {
  readonly versionId: string;
  readonly subject: string | null;
  readonly text: string | null;
  readonly html: string | null;
  readonly missing: readonly TemplateVariable[];
  readonly tooLong: boolean;
  readonly placeholders: readonly string[];
  /** What is wrong with it as a first mail, to somebody who never wrote to us. */
  readonly firstMail: readonly FirstMailFinding[];
}

/** Shows a template as the mail that a contact would get. */
@Injectable()
export class TemplatePreviews {
  constructor(
    private readonly db: DataSource,
    private readonly thread: TemplateThread,
    private readonly config: AppConfig,
  ) {}

  /** @throws NotFound */
  async preview(actor: Actor, templateId: string, about: MailSubject): Promise<TemplatePreview> {
    const template = await findTemplate(this.db, actor.workspaceId, templateId);
    if (!template) throw new NotFound('template');
    const values = await loadMailVariables(this.db, actor.workspaceId, about);
    const { currentVersionId: versionId, subject, text, html } = template;
    const known = { ...values, ...this.sampleLinks() };
    const result = await this.thread.render({ subject, text, html }, known);
    if (!result.ok) {
      const { missing, tooLong } = result;
      return { versionId, subject: null, text: null, html: null, missing, tooLong, placeholders: [], firstMail: [] };
    }
    const placeholders = leftOverInMail(result.mail);
    return { versionId, ...result.mail, missing: [], tooLong: false, placeholders, firstMail: firstMailFindings(result.mail, known) };
  }

  /** Real ones are made with the mail. */
  private sampleLinks() {
    return { 'links.report': `${this.config.publicUrl}/r/preview`, 'links.unsubscribe': `${this.config.publicUrl}/u/preview` };
  }
}
