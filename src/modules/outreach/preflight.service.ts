import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import { nextOpening } from '../../domain/send-window.js';
import { nextStep, stepDueAt, templatesOf, textFor, type SequenceStep } from '../../domain/sequence-steps.js';
import type { TemplateVariable } from '../../domain/template-variables.js';
import { Clock } from '../../platform/clock.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { Suppressions, type SuppressionMatch } from '../suppressions/suppressions.service.js';
import { loadManyMailVariables } from '../templates/mail-variables.service.js';
import { TemplateRenderer, type LoadedTemplate } from '../templates/template-renderer.service.js';
import { loadCampaign, loadMailboxes, loadToCheck, type CampaignToCheck, type EnrollmentToCheck } from './outreach.queries.js';
import { mailFaults } from './step-mails.service.js';

export interface PreflightFinding {
  readonly code: string;
  readonly detail: string;
  readonly enrollmentId?: string;
  readonly contactId?: string;
  readonly mailboxId?: string;
  readonly templateId?: string;
  readonly stepKey?: string;
  readonly variable?: TemplateVariable;
}

export interface PreflightReport {
  /** At most the first thousand; `counts.errors` has the number of all. */
  readonly errors: readonly PreflightFinding[];
  readonly warnings: readonly PreflightFinding[];
  readonly counts: {
    readonly enrollments: number;
    readonly mails: number;
    readonly suppressed: number;
    readonly undeliverable: number;
    readonly errors: number;
  };
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
}

/** Enough to mend by. */
const FINDINGS_AT_MOST = 1000;
/** Enrollments whose values are read in one statement. */
const CHECKED_AT_ONCE = 500;

type Templates = ReadonlyMap<string, LoadedTemplate>;

/** What a campaign would send, and what stands in its way (F24). Changes nothing. */
@Injectable()
export class Preflight {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly renderer: TemplateRenderer,
    private readonly suppressions: Suppressions,
    private readonly config: AppConfig,
  ) {}

  /** @throws NotFound */
  async check(workspaceId: string, campaignId: string): Promise<PreflightReport> {
    const campaign = await loadCampaign(this.db, workspaceId, campaignId);
    if (!campaign) throw new NotFound('campaign');
    const enrollments = await loadToCheck(this.db, workspaceId, campaignId);
    const templates = await this.templatesOf(workspaceId, campaign, enrollments);
    const emailKeys = enrollments.map(({ emailKey }) => emailKey);
    const suppressed = await this.suppressions.findAll(this.db, workspaceId, { emailKeys, projectId: campaign.projectId });

    const errors = [...(await this.mailboxErrors(workspaceId, campaignId)), ...noEnrollments(enrollments)];
    for (const enrollment of enrollments) errors.push(...contactErrors(enrollment, suppressed.get(enrollment.emailKey)));
    for (let start = 0; start < enrollments.length; start += CHECKED_AT_ONCE) {
      errors.push(...(await this.mailErrors(workspaceId, campaign, enrollments.slice(start, start + CHECKED_AT_ONCE), templates)));
    }
    return {
      errors: errors.slice(0, FINDINGS_AT_MOST),
      warnings: warningsOf(campaign, templates),
      counts: {
        enrollments: enrollments.length,
        mails: enrollments.reduce((sum, enrollment) => sum + stepsLeft(enrollment).filter(isMail).length, 0),
        suppressed: enrollments.filter(({ emailKey }) => suppressed.has(emailKey)).length,
        undeliverable: enrollments.filter(({ undeliverable }) => undeliverable).length,
        errors: errors.length,
      },
      ...spanOf(campaign, enrollments, this.clock.now()),
    };
  }

  private async templatesOf(workspaceId: string, campaign: CampaignToCheck, enrollments: readonly EnrollmentToCheck[]): Promise<Templates> {
    const steps = [campaign.steps, ...enrollments.map((enrollment) => enrollment.steps)].flat();
    const ids = new Set(steps.flatMap(templatesOf));
    const loaded = new Map<string, LoadedTemplate>();
    for (const id of ids) loaded.set(id, await this.renderer.current(this.db, workspaceId, id));
    return loaded;
  }

  private async mailboxErrors(workspaceId: string, campaignId: string): Promise<PreflightFinding[]> {
    const mailboxes = await loadMailboxes(this.db, workspaceId, campaignId);
    if (mailboxes.length === 0) return [{ code: 'no_mailbox', detail: 'The campaign has no mailbox to send from.' }];
    return mailboxes
      .filter(({ connected }) => !connected)
      .map(({ id }) => ({ code: 'mailbox_not_connected', mailboxId: id, detail: 'The mailbox cannot send: connect it again, or take it out.' }));
  }

  private async mailErrors(
    workspaceId: string,
    campaign: CampaignToCheck,
    enrollments: readonly EnrollmentToCheck[],
    templates: Templates,
  ): Promise<PreflightFinding[]> {
    const links = { 'links.report': `${this.config.publicUrl}/r/`, 'links.unsubscribe': `${this.config.publicUrl}/u/` };
    const subjects = enrollments.map(({ contactId, opportunityId, mailboxId }) => ({ contactId, opportunityId, campaignId: campaign.id, mailboxId }));
    const values = await loadManyMailVariables(this.db, workspaceId, subjects);
    return enrollments.flatMap((enrollment, at) =>
      stepsLeft(enrollment).flatMap((step) => {
        const { key } = step;
        const { templateId } = textFor(step, enrollment.contactId);
        const template = templateId === null ? undefined : templates.get(templateId);
        if (!template || templateId === null) return [];
        const { id: enrollmentId, contactId } = enrollment;
        const faults = mailFaults(this.renderer.render(template, { ...values[at], ...links }));
        return faults.map((fault) => ({ ...fault, enrollmentId, contactId, templateId, stepKey: key }));
      }),
    );
  }
}

function noEnrollments(enrollments: readonly EnrollmentToCheck[]): PreflightFinding[] {
  return enrollments.length > 0 ? [] : [{ code: 'no_enrollments', detail: 'Nobody is enrolled: there is nothing to send.' }];
}

function contactErrors({ id: enrollmentId, contactId, undeliverable }: EnrollmentToCheck, match: SuppressionMatch | undefined): PreflightFinding[] {
  return [
    ...(match ? [{ code: 'suppressed', enrollmentId, contactId, detail: 'This address is not to be mailed: stop the enrollment.' }] : []),
    ...(undeliverable ? [{ code: 'undeliverable', enrollmentId, contactId, detail: 'Mail to this address came back for good.' }] : []),
  ];
}

/** What the law wants in every mail that nobody asked for (standards 26). */
function warningsOf(campaign: CampaignToCheck, templates: Templates): PreflightFinding[] {
  const address = campaign.postalAddress?.trim() ? [] : [{ code: 'postal_address_missing', detail: 'The workspace has no postal address.' }];
  const withoutLink = [...templates].filter(([, { template }]) => !template.variables.includes('links.unsubscribe'));
  return [
    ...address,
    ...withoutLink.map(([templateId]) => ({
      code: 'unsubscribe_link_missing',
      templateId,
      detail: 'The text has no {{links.unsubscribe}}; only the header of the mail lets people unsubscribe.',
    })),
  ];
}

function isMail(step: SequenceStep): boolean {
  return step.kind !== 'task';
}

function stepsLeft({ steps, stepKey }: EnrollmentToCheck): SequenceStep[] {
  const left: SequenceStep[] = [];
  for (let step = nextStep(steps, stepKey); step; step = nextStep(steps, step.key)) left.push(step);
  return left;
}

/** When the first mail would leave and the last, by delays and windows; limits of mailboxes make it later. */
function spanOf(
  { window }: CampaignToCheck,
  enrollments: readonly EnrollmentToCheck[],
  now: Date,
): { readonly firstAt: Date | null; readonly lastAt: Date | null } {
  const times = enrollments.flatMap((enrollment) => {
    const { zone, nextAt } = enrollment;
    let at = nextAt !== null && nextAt > now ? nextAt : now;
    return stepsLeft(enrollment).flatMap((step, index) => {
      // of one that runs, the next step's delay is over at nextAt
      at = index === 0 && enrollment.stepKey !== null ? at : stepDueAt(step, at, zone);
      if (!isMail(step)) return [];
      at = nextOpening(window, zone, at);
      return [at.getTime()];
    });
  });
  if (times.length === 0) return { firstAt: null, lastAt: null };
  const [first, last] = times.reduce<[number, number]>(([min, max], time) => [Math.min(min, time), Math.max(max, time)], [Infinity, -Infinity]);
  return { firstAt: new Date(first), lastAt: new Date(last) };
}
