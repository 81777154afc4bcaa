import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { domainOf } from '../../../domain/email-address.js';
import { linkBase } from '../../../domain/link-domain.js';
import { threadHeaders } from '../../../domain/mail-thread.js';
import { isMisleadingSubject } from '../../../domain/misleading-subject.js';
import { lawObjection } from '../../../domain/outreach-law.js';
import { leftOverInMail } from '../../../domain/placeholders.js';
import { hasConditions, type SequenceStep, textFor } from '../../../domain/sequence-steps.js';
import type { TemplateVariable } from '../../../domain/template-variables.js';
import { AppConfig } from '../../../platform/config/app-config.js';
import { newId } from '../../../platform/ids.js';
import { messageIdKey, outreachMessageId } from '../../../platform/mail/compose/message-id.js';
import { unsubscribeUrl } from '../../../platform/mail/compose/unsubscribe-token.js';
import { LinkSigner } from '../../../platform/secrets/secret-box.js';
import type { MailRenderResult } from '../../../platform/templates/mail-template.js';
import { ReportLinks } from '../../opportunities/report-links.service.js';
import { Suppressions } from '../../suppressions/suppressions.service.js';
import { loadMailVariables, type MailVariables } from '../../templates/mail-variables.service.js';
import { TemplateRenderer, type LoadedTemplate } from '../../templates/template-renderer.service.js';
import { chooseMailbox, sentMails, type PlannedEnrollment } from '../outreach.queries.js';

/** Why a mail cannot be written as it stands. */
export interface MailFault {
  readonly code: 'variable_missing' | 'placeholder_left' | 'mail_too_long';
  readonly variable?: TemplateVariable;
  readonly detail: string;
}

/** Everything that is wrong with a rendered mail; nothing when it may go out (F16, F17). */
export function mailFaults(result: MailRenderResult): MailFault[] {
  if (result.ok) {
    return leftOverInMail(result.mail).map((left) => ({
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
    private readonly suppressions: Suppressions,
    private readonly config: AppConfig,
  ) {
    this.messageIdKey = messageIdKey(signer);
  }

  /** @returns the code of what blocks it, when it cannot be written */
  async write(tx: EntityManager, enrollment: PlannedEnrollment, step: SequenceStep): Promise<WriteResult> {
    const { workspaceId, contactId, opportunityId, campaignId } = enrollment;
    const objection = await this.objectionTo(tx, enrollment);
    if (objection !== undefined) return { ok: false, code: objection };
    const mailbox = await chooseMailbox(tx, enrollment);
    if (!mailbox) return { ok: false, code: 'no_mailbox' };
    if (!mailbox.connected) return { ok: false, code: 'mailbox_not_connected' };
    const { templateId, variantKey } = textFor(
      step,
      contactId,
      enrollment.retired.filter(({ stepKey }) => stepKey === step.key).map(({ key }) => key),
    );
    if (templateId === null) return { ok: false, code: 'no_template' };

    const template = await this.renderer.current(tx, workspaceId, templateId);
    const { linkDomain = null, ...values } = await loadMailVariables(tx, workspaceId, {
      contactId,
      opportunityId,
      campaignId,
      mailboxId: mailbox.id,
    });
    const base = linkBase(linkDomain, this.config.publicUrl);
    const tried = this.renderer.render(template, { ...values, ...this.links(enrollment, base, `${base}/r/`) });
    const fault = faultOf(tried, enrollment);
    if (fault !== undefined) return { ok: false, code: fault };
    const result = template.template.variables.includes('links.report')
      ? await this.withReportLink(tx, enrollment, template, { values, base })
      : tried;
    if (!result.ok) return { ok: false, code: 'mail_too_long' };

    const { subject, ...thread } = threadHeaders(await mailsBefore(tx, enrollment, step), result.mail.subject);
    const rfcMessageId = outreachMessageId(this.messageIdKey, { enrollmentId: enrollment.id, stepKey: step.key }, domainOf(mailbox.fromAddress));
    const row = {
      id: newId(),
      ...{ direction: 'out', source: 'sequence', commercial: true },
      ...{ projectId: enrollment.projectId, campaignId, opportunityId, prospectId: enrollment.prospectId, contactId },
      ...{ enrollmentId: enrollment.id, stepKey: step.key, mailboxId: mailbox.id, threadId: enrollment.threadId },
      ...{ templateVersionId: template.versionId, rfcMessageId, inReplyTo: thread.inReplyTo, referenceIds: [...thread.referenceIds] },
      ...{ fromAddress: mailbox.fromAddress, toAddress: enrollment.email },
      ...{ subject, text: result.mail.text, html: result.mail.html },
      ...{ stepKind: step.kind, variantKey, conditional: hasConditions(step) },
    };
    return { ok: true, mail: { mailboxId: mailbox.id, rfcMessageId, row } };
  }

  /** What speaks against any mail to this person; asked again when it leaves. */
  private async objectionTo(tx: EntityManager, enrollment: PlannedEnrollment): Promise<string | undefined> {
    const { workspaceId, emailKey, projectId } = enrollment;
    if (enrollment.undeliverable) return 'undeliverable';
    if (enrollment.contactBlocked) return 'contact_blocked';
    if (await this.suppressions.find(tx, workspaceId, { emailKey, projectId })) return 'suppressed';
    return lawObjection(enrollment)?.code;
  }

  /** A link to report is made only for a mail that shows it and lacks nothing else: each one is a key to the card. */
  private async withReportLink(
    tx: EntityManager,
    enrollment: PlannedEnrollment,
    template: LoadedTemplate,
    { values, base }: { readonly values: MailVariables; readonly base: string },
  ): Promise<MailRenderResult> {
    const { workspaceId, opportunityId, contactId } = enrollment;
    const { url } = await this.reportLinks.make(tx, workspaceId, { opportunityId, contactId, base });
    return this.renderer.render(template, { ...values, ...this.links(enrollment, base, url) });
  }

  private links({ workspaceId, contactId }: PlannedEnrollment, base: string, report: string): Record<'links.report' | 'links.unsubscribe', string> {
    return { 'links.report': report, 'links.unsubscribe': unsubscribeUrl(base, this.signer, { workspaceId, contactId }) };
  }
}

/** What keeps it from being sent; a template may have changed since the preflight. */
function faultOf(tried: MailRenderResult, enrollment: PlannedEnrollment): string | undefined {
  const [fault] = mailFaults(tried);
  if (fault) return fault.code;
  if (!tried.ok) return 'variable_missing';
  return isFirst(enrollment) && isMisleadingSubject(tried.mail.subject) ? 'misleading_subject' : undefined;
}

/** Nobody has had a mail of it before. */
export function isFirst({ mailboxId, stepsDone }: Pick<PlannedEnrollment, 'mailboxId' | 'stepsDone'>): boolean {
  return mailboxId === null || stepsDone.length === 0; // one that is planned anew has its mailbox already
}

/** The mails that it goes on from; none when it begins a thread of its own. */
function mailsBefore(tx: EntityManager, { workspaceId, id }: PlannedEnrollment, { thread }: SequenceStep): ReturnType<typeof sentMails> {
  return thread === 'new' ? Promise.resolve([]) : sentMails(tx, workspaceId, id);
}
