import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { RuleViolation } from '../../domain/errors.js';
import { linkBase } from '../../domain/link-domain.js';
import type { Actor } from '../../platform/auth/actor.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { unsubscribeUrl } from '../../platform/mail/compose/unsubscribe-token.js';
import { LinkSigner } from '../../platform/secrets/secret-box.js';
import { ReportLinks } from '../opportunities/report-links.service.js';
import { requireThere } from '../projects/project-border.service.js';
import { loadMailVariables } from '../templates/mail-variables.service.js';
import { TemplateRenderer } from '../templates/template-renderer.service.js';

/** The words of a mail. */
export interface MailText {
  /** Of the template; a thread keeps its own. */
  readonly subject: string | null;
  readonly text: string;
  readonly html: string | null;
  readonly templateVersionId: string | null;
}

/** Whom and what it is about. */
interface About {
  readonly contactId: string | null;
  readonly opportunityId: string | null;
  readonly campaignId: string | null;
  readonly mailboxId: string;
  /** Asks for something unasked: such a mail ends with postal address and opt-out. */
  readonly commercial: boolean;
}

/** What a person's answer says: what they typed, or a template filled in. */
@Injectable()
export class ReplyTexts {
  constructor(
    private readonly renderer: TemplateRenderer,
    private readonly reportLinks: ReportLinks,
    private readonly signer: LinkSigner,
    private readonly config: AppConfig,
  ) {}

  /**
   * What was typed goes before the template: it is what somebody made of it.
   * @throws NotFound, RuleViolation `text_needed`, `values_missing`, `mail_too_long`
   */
  async ofReply(
    tx: EntityManager,
    actor: Actor,
    given: { readonly text?: string | undefined; readonly html?: string | undefined; readonly templateId?: string | undefined },
    about: About,
  ): Promise<MailText> {
    const { text, html, templateId } = given;
    if (text?.trim()) {
      if (templateId === undefined) return { subject: null, text, html: html ?? null, templateVersionId: null };
      await requireThere(tx, actor, [{ word: 'templates', id: templateId, pointer: '/templateId' }]);
      const { versionId } = await this.renderer.current(tx, actor.workspaceId, templateId);
      return { subject: null, text, html: html ?? null, templateVersionId: versionId };
    }
    if (templateId === undefined || html !== undefined)
      throw RuleViolation.at('/text', 'text_needed', 'Send the text of the mail, or a templateId to make it of.');
    return this.ofTemplate(tx, actor, { id: templateId, pointer: '/templateId' }, about);
  }

  /** The template as it is now, with the values of now. @throws NotFound, RuleViolation `values_missing`, `mail_too_long` */
  async ofTemplate(
    tx: EntityManager,
    actor: Actor,
    { id, pointer }: { readonly id: string; readonly pointer: string },
    about: About,
  ): Promise<MailText> {
    const { workspaceId } = actor;
    await requireThere(tx, actor, [{ word: 'templates', id, pointer }]);
    const template = await this.renderer.current(tx, workspaceId, id);
    const { linkDomain = null, ...values } = await loadMailVariables(tx, workspaceId, about);
    const base = linkBase(linkDomain, this.config.publicUrl);
    const links = await this.links(tx, { workspaceId, base, variables: template.template.variables }, about);
    const result = this.renderer.render(template, { ...values, ...links }, about.commercial ? 'outreach' : 'answer');
    if (result.ok) return { ...result.mail, templateVersionId: template.versionId };
    if (result.tooLong) throw RuleViolation.at(pointer, 'mail_too_long', 'The mail becomes too long.');
    const detail = `Nothing is known for: ${result.missing.join(', ')}. Fill it in, give the template a fallback, or type the text.`;
    throw RuleViolation.at(pointer, 'values_missing', detail);
  }

  /** A link to report is a key to the card: it is made only where the template shows it. */
  private async links(
    tx: EntityManager,
    { workspaceId, base, variables }: { readonly workspaceId: string; readonly base: string; readonly variables: readonly string[] },
    { contactId, opportunityId }: About,
  ) {
    const wanted = variables.includes('links.report') && opportunityId !== null && contactId !== null;
    const report = wanted ? (await this.reportLinks.make(tx, workspaceId, { opportunityId, contactId, base })).url : undefined;
    const unsubscribe = contactId === null ? undefined : unsubscribeUrl(base, this.signer, { workspaceId, contactId });
    return { ...(report !== undefined && { 'links.report': report }), ...(unsubscribe !== undefined && { 'links.unsubscribe': unsubscribe }) };
  }
}
