import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import { FIRST_MAIL_WARNINGS, firstMailFindings } from '../../domain/first-mail-rules.js';
import { linkBase } from '../../domain/link-domain.js';
import { leftOverInMail } from '../../domain/placeholders.js';
import { addressFinding, type AddressSetting } from '../../domain/postal-address.js';
import type { TemplateVariable } from '../../domain/template-variables.js';
import type { Actor } from '../../platform/auth/actor.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { rows } from '../../platform/database/sql.js';
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
  readonly findings: readonly PreviewFinding[];
}

/** What the preflight would say of the mail, if it were the first of a sequence. */
export interface PreviewFinding {
  readonly code: string;
  /** An error keeps the campaign from starting. */
  readonly severity: 'error' | 'warning';
  readonly detail: string;
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
    const { linkDomain = null, ...known } = await loadMailVariables(this.db, actor.workspaceId, about);
    const values = { ...known, ...sampleLinks(linkBase(linkDomain, this.config.publicUrl)) };
    const { currentVersionId: versionId, subject, text, html } = template;
    const result = await this.thread.render({ subject, text, html }, values);
    const address = await this.addressFindings(actor.workspaceId);
    if (!result.ok) {
      const { missing, tooLong } = result;
      return { versionId, subject: null, text: null, html: null, missing, tooLong, placeholders: [], findings: address };
    }
    const { mail } = result;
    const findings = firstMailFindings(mail, values).map((finding) => ({ ...finding, severity: severityOf(finding.code) }));
    return { versionId, ...mail, missing: [], tooLong: false, placeholders: leftOverInMail(mail), findings: [...address, ...findings] };
  }

  private async addressFindings(workspaceId: string): Promise<PreviewFinding[]> {
    const found = await rows<AddressSetting>(
      this.db,
      'SELECT address_rule AS "addressRule", postal_address AS "postalAddress" FROM workspaces WHERE id = $1',
      [workspaceId],
    );
    return found.flatMap((setting) => {
      const finding = addressFinding(setting);
      return finding ? [{ ...finding, severity: 'error' as const }] : [];
    });
  }
}

/** Real ones are made with the mail. */
function sampleLinks(base: string) {
  return { 'links.report': `${base}/r/preview`, 'links.unsubscribe': `${base}/u/preview` };
}

function severityOf(code: string): PreviewFinding['severity'] {
  return FIRST_MAIL_WARNINGS.has(code) ? 'warning' : 'error';
}
