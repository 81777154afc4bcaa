import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { domainOf } from '../../domain/email-address.js';
import { threadHeaders } from '../../domain/mail-thread.js';
import { leftOverPlaceholders } from '../../domain/placeholders.js';
import type { SequenceStep } from '../../domain/sequence-steps.js';
import type { TemplateVariable } from '../../domain/template-variables.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { newId } from '../../platform/ids.js';
import { outreachMessageId } from '../../platform/mail/message-id.js';
import { unsubscribeToken } from '../../platform/mail/unsubscribe-token.js';
import { LinkSigner } from '../../platform/secrets/secret-box.js';
import type { MailRenderResult } from '../../platform/templates/mail-template.js';
import { ReportLinks } from '../opportunities/report-links.service.js';
import { loadMailVariables } from '../templates/mail-variables.service.js';
import { TemplateRenderer } from '../templates/template-renderer.service.js';
import { chooseMailbox, sentMails, type PlannedEnrollment } from './planner.queries.js';

/** Why a mail cannot be written as it stands. */
export interface MailFault {
  readonly code: 'variable_missing' | 'placeholder_left' | 'mail_too_long';
  readonly variable?: TemplateVariable;
  readonly detail: string;
}

/** Everything that is wrong with a rendered mail; nothing when it may go out (F16, F17). */
export function mailFaults(result: MailRenderResult): MailFault[] {
  if (result.ok) {
    return leftOverPlaceholders(`${result.mail.subject}\n${result.mail.text}`).map((left) => ({
      code: 'placeholder_left',
      detail: `The mail still says ${left}.`,
    }));
  }
  const missing = result.missing.map((variable): MailFault => ({ code: 'variable_missing', variable, detail: `Nothing is known for ${variable}.` }));
  return result.tooLong ? [...missing, { code: 'mail_too_long', detail: 'The mail is too long.' }] : missing;
}

/** A mail as it is stored, less what the planner adds: its state and its time. */
export interface WrittenMail {
  readonly mailboxId: string;
  readonly rfcMessageId: string;
  readonly row: Readonly<Record<string, unknown>> & { readonly id: string };
}

export type WriteResult = { readonly ok: true; readonly mail: WrittenMail } | { readonly ok: false; readonly code: string };

/** Writes the mail of one step to one person. */
@Injectable()
export class StepMails {
  private readonly messageIdKey: Buffer;

  constructor(
    private readonly renderer: TemplateRenderer,
    private readonly reportLinks: ReportLinks,
    private readonly signer: LinkSigner,
    private readonly config: AppConfig,
  ) {
    this.messageIdKey = Buffer.from(signer.sign('message-id', 'key'), 'base64url');
  }

  /** @returns the code of what blocks it, when it cannot be written */
  async write(tx: EntityManager, enrollment: PlannedEnrollment, step: SequenceStep): Promise<WriteResult> {
    const { workspaceId, contactId, opportunityId, campaignId } = enrollment;
    const mailbox = await chooseMailbox(tx, enrollment);
    if (!mailbox) return { ok: false, code: 'no_mailbox' };
    if (!mailbox.connected) return { ok: false, code: 'mailbox_not_connected' };
    if (step.templateId === null) return { ok: false, code: 'no_template' };

    const template = await this.renderer.current(tx, workspaceId, step.templateId);
    const values = await loadMailVariables(tx, workspaceId, { contactId, opportunityId, campaignId, mailboxId: mailbox.id });
    const result = this.renderer.render(template, { ...values, ...(await this.links(tx, enrollment, template.template.variables)) });
    const [fault] = mailFaults(result);
    if (!result.ok || fault) return { ok: false, code: fault?.code ?? 'variable_missing' };

    const { subject, ...thread } = threadHeaders(await sentMails(tx, workspaceId, enrollment.id), result.mail.subject);
    const rfcMessageId = outreachMessageId(this.messageIdKey, { enrollmentId: enrollment.id, stepKey: step.key }, domainOf(mailbox.fromAddress));
    const row = {
      id: newId(),
      ...{ direction: 'out', source: 'sequence', commercial: true },
      ...{ projectId: enrollment.projectId, campaignId, opportunityId, prospectId: enrollment.prospectId, contactId },
      ...{ enrollmentId: enrollment.id, stepKey: step.key, mailboxId: mailbox.id, threadId: enrollment.threadId },
      ...{ templateVersionId: template.versionId, rfcMessageId, inReplyTo: thread.inReplyTo, referenceIds: [...thread.referenceIds] },
      ...{ fromAddress: mailbox.fromAddress, toAddress: enrollment.email },
      ...{ subject, text: result.mail.text, html: result.mail.html },
    };
    return { ok: true, mail: { mailboxId: mailbox.id, rfcMessageId, row } };
  }

  /** The link to unsubscribe is always the same; one to report is made only for a mail that shows it. */
  private async links(tx: EntityManager, enrollment: PlannedEnrollment, variables: readonly TemplateVariable[]): Promise<Record<string, string>> {
    const { workspaceId, contactId, opportunityId } = enrollment;
    const unsubscribe = `${this.config.publicUrl}/u/${unsubscribeToken(this.signer, { workspaceId, contactId })}`;
    if (!variables.includes('links.report')) return { 'links.unsubscribe': unsubscribe };
    const { url } = await this.reportLinks.make(tx, workspaceId, { opportunityId, contactId });
    return { 'links.unsubscribe': unsubscribe, 'links.report': url };
  }
}
