import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import type { MailEnding } from '../../domain/mail-footer.js';
import type { TemplateValues } from '../../domain/template-variables.js';
import { firstRow } from '../../platform/database/sql.js';
import {
  compileMailTemplate,
  type MailRenderResult,
  type MailTemplate,
  type MailTemplateSource,
  renderMailTemplate,
} from '../../platform/templates/mail-template.js';
import { TemplateCache } from '../../platform/templates/template-cache.js';

/** A version to render from: load it once for many mails. */
export interface LoadedTemplate {
  readonly versionId: string;
  readonly template: MailTemplate;
}

interface VersionRow extends MailTemplateSource {
  readonly id: string;
}

/** Makes mails out of stored templates. Compiles each version once in a process. */
@Injectable()
export class TemplateRenderer {
  private readonly compiled = new TemplateCache<MailTemplate>();

  /** What the template says now. @throws NotFound */
  async current(tx: Pick<EntityManager, 'query'>, workspaceId: string, templateId: string): Promise<LoadedTemplate> {
    const version = await firstRow<VersionRow>(
      tx,
      `SELECT v.id, v.subject, v.text, v.html
         FROM templates t JOIN template_versions v ON v.workspace_id = t.workspace_id AND v.id = t.current_version_id
        WHERE t.workspace_id = $1 AND t.id = $2`,
      [workspaceId, templateId],
    );
    return this.loaded(version, 'template');
  }

  /** What it said then. @throws NotFound */
  async version(tx: Pick<EntityManager, 'query'>, workspaceId: string, versionId: string): Promise<LoadedTemplate> {
    const version = await firstRow<VersionRow>(tx, 'SELECT id, subject, text, html FROM template_versions WHERE workspace_id = $1 AND id = $2', [
      workspaceId,
      versionId,
    ]);
    return this.loaded(version, 'template version');
  }

  /** A whole mail, or everything that it lacks: never one with a hole (F16). */
  render({ template }: LoadedTemplate, values: TemplateValues, ending: MailEnding = 'outreach'): MailRenderResult {
    return renderMailTemplate(template, values, ending);
  }

  private loaded(version: VersionRow | undefined, thing: string): LoadedTemplate {
    if (!version) throw new NotFound(thing);
    // the row was found in its workspace, so the cache may go by the id alone
    return { versionId: version.id, template: this.compiled.getOrCompile(version.id, () => compileMailTemplate(version)) };
  }
}
