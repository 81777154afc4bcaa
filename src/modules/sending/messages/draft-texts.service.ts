import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { RuleViolation } from '../../../domain/errors.js';
import { endRewritten } from '../../../domain/mail-footer.js';
import { TemplateThread } from '../../../platform/templates/template-thread.js';
import { loadMailVariables } from '../../templates/mail-variables.service.js';
import { TemplateRenderer } from '../../templates/template-renderer.service.js';
import { Unsubscriptions } from '../unsubscribe/unsubscriptions.service.js';
import type { MessageRow } from './messages.queries.js';

export interface MessageChange {
  readonly subject?: string | undefined;
  readonly text?: string | undefined;
  readonly html?: string | null | undefined;
}

/** Both parts where one was given: each mail has one source (feature F20). */
export interface WholeChange {
  readonly subject?: string | undefined;
  readonly text?: string;
  /** Null: made from the text. */
  readonly html?: string | null;
}

/** As the database has it. */
const PART_AT_MOST = 1_000_000;

/** What a draft says when a person has rewritten it. */
@Injectable()
export class DraftTexts {
  constructor(
    private readonly thread: TemplateThread,
    private readonly renderer: TemplateRenderer,
    private readonly unsubscriptions: Unsubscriptions,
  ) {}

  /**
   * A text without HTML replaces both parts, and so does HTML without a text.
   * @throws RuleViolation `text_needed` when no text can be made of the HTML
   */
  async whole({ subject, text, html }: MessageChange): Promise<WholeChange> {
    if (text !== undefined) return { subject, text, html: html ?? null };
    if (html == null) return { subject, ...(html === null && { html }) };
    return { subject, text: await this.thread.textOf(html), html };
  }

  /**
   * The parts as they will leave: a mail of outreach ends with signature, postal address and the way to stop all mail,
   * whatever a person took away with the rest (feature F48).
   * @throws RuleViolation `mail_too_long`
   */
  async ended(
    tx: EntityManager,
    workspaceId: string,
    message: MessageRow,
    { text = message.text ?? '', html = message.html }: WholeChange,
  ): Promise<{ text: string; html: string | null }> {
    const { contactId, opportunityId, campaignId, mailboxId, templateVersionId, commercial, source, projectId } = message;
    if (!commercial || source !== 'sequence' || contactId === null) return short({ text, html });
    const known = await loadMailVariables(tx, workspaceId, { contactId, opportunityId, campaignId, mailboxId });
    const values = { ...known, 'links.unsubscribe': await this.unsubscriptions.urlFor({ workspaceId, contactId }, { mailboxId, projectId }) };
    const placed = templateVersionId === null ? [] : (await this.renderer.version(tx, workspaceId, templateVersionId)).template.variables;
    return short(endRewritten({ text, html }, placed, values));
  }
}

function short<Parts extends { readonly text: string; readonly html: string | null }>(parts: Parts): Parts {
  if (parts.text.length <= PART_AT_MOST && (parts.html?.length ?? 0) <= PART_AT_MOST) return parts;
  throw RuleViolation.at('/text', 'mail_too_long', 'The mail becomes too long: each part may have a million characters.');
}
