import type { TemplateVariable } from '../../../domain/template-variables.js';
import type { LoadedTemplate } from '../../templates/template-renderer.service.js';
import type { CampaignToCheck, EnrollmentToCheck, MailboxToCheck } from './preflight.queries.js';

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

/** How many people a check found something about. */
export type CountedPeople = 'suppressed' | 'undeliverable' | 'consentMissing' | 'guarded' | 'domainTakesNoMail';

/** What one check has to say. An error stops the start, a warning does not. */
export interface Found {
  readonly errors?: readonly PreflightFinding[];
  readonly warnings?: readonly PreflightFinding[];
  readonly counts?: Partial<Readonly<Record<CountedPeople, number>>>;
}

/** One preflight, from its first check to its last. */
export interface PreflightRun {
  readonly workspaceId: string;
  readonly campaign: CampaignToCheck;
  readonly mailboxes: readonly MailboxToCheck[];
  readonly templates: ReadonlyMap<string, LoadedTemplate>;
  /** What DNS said of the recipients' domains so far. */
  readonly mailDomains: Map<string, MailDomain>;
  /** Aborted when no more time is left for name servers. */
  readonly enoughDns: AbortController;
}

export type MailDomain = 'takes_mail' | 'takes_none' | 'without_mx' | 'unknown';

/** Looks at the campaign as a whole, once. */
export interface CampaignCheck {
  ofCampaign(run: PreflightRun): Promise<Found>;
}

/** Looks at a few hundred people at a time. */
export interface PeopleCheck {
  ofPeople(run: PreflightRun, people: readonly EnrollmentToCheck[]): Promise<Found>;
}

/** Findings about people, each with its ids. */
export function about({ id: enrollmentId, contactId }: EnrollmentToCheck, code: string, detail: string): PreflightFinding {
  return { code, enrollmentId, contactId, detail };
}
