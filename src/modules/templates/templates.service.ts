import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import { seesTools } from '../../domain/project-border.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { transact } from '../../platform/database/transact.js';
import { CREATION_ORDER, creationKey } from '../../platform/database/creation-order.js';
import { changeRow } from '../../platform/database/versioned.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import type { PageQuery, SearchQuery } from '../../platform/http/lists/page-query.dto.js';
import { page, type Page, readPage } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import type { MailTemplateSource } from '../../platform/templates/mail-template.js';
import { TemplateThread } from '../../platform/templates/template-thread.js';
import { Template } from './template.entity.js';
import { TemplateVersion } from './template-version.entity.js';
import {
  findTemplate,
  listTemplates,
  listTemplateVersions,
  type TemplateRow,
  type TemplateSummaryRow,
  type TemplateVersionRow,
} from './templates.queries.js';

export interface NewTemplate extends MailTemplateSource {
  readonly name: string;
  readonly externalRef?: string | null | undefined;
}

export type TemplateChange = Partial<NewTemplate>;

/** Templates and their versions. What cannot be compiled is never stored. */
@Injectable()
export class Templates {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly thread: TemplateThread,
  ) {}

  async list(actor: Actor, query: SearchQuery): Promise<Page<TemplateSummaryRow>> {
    const list = readPage(query, { ...CREATION_ORDER, filters: ['externalRef'] });
    const wanted = { ...list, externalRefs: list.filters.externalRef };
    const found = seesTools(actor) ? await listTemplates(this.db, actor.workspaceId, wanted) : [];
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws NotFound */
  async get({ workspaceId }: Actor, id: string): Promise<TemplateRow> {
    const template = await findTemplate(this.db, workspaceId, id);
    if (!template) throw new NotFound('template');
    return template;
  }

  /** @throws NotFound */
  async listVersions(actor: Actor, id: string, query: PageQuery): Promise<Page<TemplateVersionRow>> {
    const list = readPage(query, { ...CREATION_ORDER, filters: [] });
    await this.get(actor, id);
    const found = await listTemplateVersions(this.db, actor.workspaceId, id, list);
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws RuleViolation `template_…` as TemplateThread.check */
  async create(actor: Actor, input: NewTemplate): Promise<TemplateRow> {
    await this.thread.check(input);
    const id = await transact(this.db, (tx) => this.add(tx, actor, input));
    return this.get(actor, id);
  }

  /** For texts that come with the product, or have been checked. @returns its id */
  async add(tx: EntityManager, actor: Actor, input: NewTemplate): Promise<string> {
    const { workspaceId } = actor;
    const [id, versionId, at] = [newId(), newId(), this.clock.now()];
    await tx.insert(Template, { workspaceId, id, version: 1, name: input.name, currentVersionId: versionId, externalRef: input.externalRef ?? null, createdAt: at });
    await insertVersion(tx, { workspaceId, id: versionId, templateId: id, number: 1, createdAt: at }, input);
    await audit(tx, actor, { action: 'template.created', subjectId: id, at });
    return id;
  }

  /**
   * Makes a new version when subject, text or html become different. Another text without HTML replaces both parts, and so
   * does another HTML part without a text (feature F20).
   * @throws NotFound, VersionMismatch, RuleViolation `template_…`, `text_needed`
   */
  async change(actor: Actor, id: string, input: TemplateChange, ifVersion: IfVersion): Promise<TemplateRow> {
    const { workspaceId } = actor;
    const at = this.clock.now();
    await this.thread.check(input); // the parts that stay were checked when they came
    const made = await this.textFor(input);
    await transact(this.db, async (tx) => {
      const current = await lockCurrent(tx, workspaceId, id);
      const content = changedContent(current, input, made);
      const versionId = content && newId();
      await changeRow(
        tx,
        { table: 'templates', thing: 'template', workspaceId, id, ifVersion },
        { name: input.name, external_ref: input.externalRef, current_version_id: versionId },
      );
      if (content && versionId) {
        await insertVersion(tx, { workspaceId, id: versionId, templateId: id, number: current.number + 1, createdAt: at }, content);
      }
      await audit(tx, actor, { action: 'template.changed', subjectId: id, at, details: { fields: Object.keys(input) } });
    });
    return this.get(actor, id);
  }

  /** Undefined where a text was given, or no HTML that lacks one. @throws RuleViolation `text_needed`, `template_…` */
  private async textFor({ text, html }: TemplateChange): Promise<string | undefined> {
    if (text !== undefined || html == null) return undefined;
    const made = await this.thread.textOf(html);
    await this.thread.check({ text: made });
    return made;
  }
}

/** The current version of a template that nobody else can change until the transaction ends. */
async function lockCurrent(tx: EntityManager, workspaceId: string, id: string): Promise<TemplateVersion> {
  const template = await tx.findOne(Template, { where: { workspaceId, id }, lock: { mode: 'pessimistic_write' } });
  if (!template) throw new NotFound('template');
  return tx.findOneByOrFail(TemplateVersion, { workspaceId, id: template.currentVersionId });
}

/** All parts as they shall be; undefined when nothing of them changes. @param made  the text of an HTML part that came without one */
function changedContent(current: TemplateVersion, input: TemplateChange, made: string | undefined): MailTemplateSource | undefined {
  const { subject = current.subject, text = input.html === current.html ? current.text : (made ?? current.text) } = input;
  const { html = text === current.text ? current.html : null } = input;
  const same = subject === current.subject && text === current.text && html === current.html;
  return same ? undefined : { subject, text, html };
}

async function insertVersion(tx: EntityManager, row: Omit<TemplateVersion, keyof MailTemplateSource>, source: MailTemplateSource): Promise<void> {
  await tx.insert(TemplateVersion, { ...row, subject: source.subject, text: source.text, html: source.html ?? null });
}
