import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isMisleadingSubject } from '../../../domain/misleading-subject.js';
import type { SequenceStep } from '../../../domain/sequence-steps.js';
import { AppConfig } from '../../../platform/config/app-config.js';
import type { MailRenderResult } from '../../../platform/templates/mail-template.js';
import { loadManyMailVariables } from '../../templates/mail-variables.service.js';
import { TemplateRenderer } from '../../templates/template-renderer.service.js';
import { type MailFault, mailFaults } from '../step-mails.service.js';
import type { PreflightFinding, PreflightRun } from './preflight-check.js';
import type { EnrollmentToCheck } from './preflight.queries.js';

/** One person with what is left for them. */
export interface Planned {
  readonly person: EnrollmentToCheck;
  readonly steps: readonly SequenceStep[];
}

type Fault = Omit<MailFault, 'code'> & { readonly code: MailFault['code'] | 'misleading_subject' };

/** Writes every mail that is left, and says what is wrong with it (F16, F17, F86). */
@Injectable()
export class MailChecks {
  constructor(
    private readonly db: DataSource,
    private readonly renderer: TemplateRenderer,
    private readonly config: AppConfig,
  ) {}

  async faultsOf({ workspaceId, campaign, templates }: PreflightRun, planned: readonly Planned[]): Promise<PreflightFinding[]> {
    const links = { 'links.report': `${this.config.publicUrl}/r/`, 'links.unsubscribe': `${this.config.publicUrl}/u/` };
    const subjects = planned.map(({ person: { contactId, opportunityId, mailboxId } }) => ({
      contactId,
      opportunityId,
      campaignId: campaign.id,
      mailboxId,
    }));
    const values = await loadManyMailVariables(this.db, workspaceId, subjects);
    return planned.flatMap(({ person, steps }, at) => {
      const first = person.stepKey === null ? steps.find(({ kind }) => kind !== 'task') : undefined;
      return steps.flatMap((step) => {
        const template = step.templateId === null ? undefined : templates.get(step.templateId);
        if (!template || step.templateId === null) return [];
        const faults = faultsIn(this.renderer.render(template, { ...values[at], ...links }), step === first);
        const where = { enrollmentId: person.id, contactId: person.contactId, templateId: step.templateId, stepKey: step.key };
        return faults.map((fault) => ({ ...fault, ...where }));
      });
    });
  }
}

function faultsIn(result: MailRenderResult, isFirst: boolean): Fault[] {
  const misleads = isFirst && result.ok && isMisleadingSubject(result.mail.subject);
  const detail = 'The subject of a first mail pretends to answer one.';
  return [...mailFaults(result), ...(misleads ? [{ code: 'misleading_subject', detail } as const] : [])];
}
