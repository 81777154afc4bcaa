import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FIRST_MAIL_WARNINGS, firstMailFindings } from '../../../domain/first-mail-rules.js';
import { linkBase } from '../../../domain/link-domain.js';
import { type SequenceStep, textFor } from '../../../domain/sequence-steps.js';
import { AppConfig } from '../../../platform/config/app-config.js';
import { loadManyMailVariables } from '../../templates/mail-variables.service.js';
import { TemplateRenderer } from '../../templates/template-renderer.service.js';
import { mailFaults } from '../planning/step-mails.service.js';
import type { Found, PreflightRun } from './preflight-check.js';
import type { EnrollmentToCheck } from './preflight.queries.js';

/** One person with what is left for them. */
export interface Planned {
  readonly person: EnrollmentToCheck;
  readonly steps: readonly SequenceStep[];
}

/** Writes every mail that is left, and says what is wrong with it (F16, F17, F86). */
@Injectable()
export class MailChecks {
  constructor(
    private readonly db: DataSource,
    private readonly renderer: TemplateRenderer,
    private readonly config: AppConfig,
  ) {}

  async faultsOf({ workspaceId, campaign, templates }: PreflightRun, planned: readonly Planned[]): Promise<Found> {
    const subjects = planned.map(({ person: { contactId, opportunityId, mailboxId } }) => ({
      contactId,
      opportunityId,
      campaignId: campaign.id,
      mailboxId,
    }));
    const values = await loadManyMailVariables(this.db, workspaceId, subjects);
    const found = planned.flatMap(({ person, steps }, at) => {
      const first = person.stepKey === null ? steps.find(({ kind }) => kind !== 'task') : undefined;
      return steps.flatMap((step) => {
        const { templateId } = textFor(step, person.contactId);
        const template = templateId === null ? undefined : templates.get(templateId);
        if (!template || templateId === null) return [];
        const { linkDomain = null, ...told } = values[at] ?? {};
        const base = linkBase(linkDomain, this.config.publicUrl);
        const known = { ...told, 'links.report': `${base}/r/`, 'links.unsubscribe': `${base}/u/` };
        const result = this.renderer.render(template, known);
        const faults = [...mailFaults(result), ...(result.ok && step === first ? firstMailFindings(result.mail, known) : [])];
        const where = { enrollmentId: person.id, contactId: person.contactId, templateId, stepKey: step.key };
        return faults.map((fault) => ({ ...fault, ...where }));
      });
    });
    return {
      errors: found.filter(({ code }) => !FIRST_MAIL_WARNINGS.has(code)),
      warnings: found.filter(({ code }) => FIRST_MAIL_WARNINGS.has(code)),
    };
  }
}
