import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, IsInt, IsString, IsUUID, Length, Max, Min } from 'class-validator';
import { NestedList } from '../../../platform/http/input/nested.decorator.js';
import { IfGiven } from '../../../platform/http/input/if-given.decorator.js';
import { MAX_BULK_ITEMS } from '../../../platform/http/input/bulk.js';
import { IsZone } from '../../../platform/http/input/is-zone.decorator.js';
import { OneLine } from '../../../platform/http/input/one-line.decorator.js';
import type { CampaignRun, ResumedRun } from './campaign-runs.service.js';
import type { PreflightFinding } from '../preflight/preflight-check.js';
import type { PreflightReport } from '../preflight/preflight.service.js';

export class PauseCampaignRequest {
  @IfGiven() @IsString() @Length(1, 500) reason?: string;
}

/** What becomes of all that was due while the campaign was held. */
export class ResumeCampaignRequest {
  /** Follow-ups that were due longer ago are skipped (`too_late`) and their sequences go on; first mails are sent all the same. Absent: nothing is skipped. */
  @IfGiven() @IsInt() @Min(1) @Max(8760) maxLatenessHours?: number;
  /** Spread evenly over so many days; absent, as fast as the limits let it. */
  @IfGiven() @IsInt() @Min(1) @Max(365) spreadOverDays?: number;
  /** Why it may go on; needed after a guardrail. Kept with the history. */
  @IfGiven() @IsString() @Length(1, 500) reason?: string;
}

export class ResumeQuery {
  /** true: only tell what a resume would do. */
  @IfGiven() @IsIn(['true', 'false']) preview?: 'true' | 'false';
}

export class GuardNumbersResponse {
  sent!: number;
  bounced!: number;
  complained!: number;
}

export class CampaignRunResponse {
  id!: string;
  version!: number;
  projectId!: string;
  state!: string;
  pauseReason!: string | null;
  /** The guardrail that holds it; null when a person does. */
  pauseCode!: 'bounces' | 'complaints' | null;
  /** What the guardrail counted. */
  pauseNumbers!: GuardNumbersResponse | null;
  startedAt!: string | null;

  static from(run: CampaignRun): CampaignRunResponse {
    return { ...run, startedAt: run.startedAt?.toISOString() ?? null };
  }
}

export class ResumeDayResponse {
  /** By the clock of the workspace. */
  day!: string;
  mails!: number;
}

export class ResumePlanResponse {
  /** Mails and steps that were due. */
  overdue!: number;
  /** Of these, follow-ups that are skipped. */
  tooLate!: number;
  /** When the others can leave, by the limits of a day; other campaigns in the same mailboxes make it later. */
  days!: ResumeDayResponse[];
}

export class ResumedCampaignResponse extends CampaignRunResponse {
  plan!: ResumePlanResponse;

  static of({ plan, ...run }: ResumedRun): ResumedCampaignResponse {
    const days = plan.days.map((day) => ({ ...day }));
    return Object.assign(CampaignRunResponse.from(run), { plan: { ...plan, days } });
  }
}

export class FindingResponse {
  /** Such as variable_missing, placeholder_left, misleading_subject, suppressed, consent_required, mailbox_login_refused. */
  code!: string;
  detail!: string;
  enrollmentId?: string;
  contactId?: string;
  mailboxId?: string;
  templateId?: string;
  stepKey?: string;
  /** The template variable that has no value. */
  variable?: string;
}

export class PreflightCounts {
  enrollments!: number;
  /** At most: steps whose conditions fail by then, and people who answer, make it fewer. */
  mails!: number;
  /** Of these, mails of steps that have conditions: up to so many leave. */
  conditionalMails!: number;
  suppressed!: number;
  undeliverable!: number;
  /** Whom the law of their country protects, without a basis for a mail. */
  consentMissing!: number;
  /** Whose first mail is held, since a colleague is in contact with the site or the person. */
  guarded!: number;
  /** Whose domain says that it takes no mail. */
  domainTakesNoMail!: number;
  /** Also of those errors that are not listed. */
  errors!: number;
  /** As of the errors. */
  warnings!: number;
}

export class ForecastDay {
  /** By the clock of the workspace. */
  on!: string;
  mails!: number;
}

export class PreflightResponse {
  /** What must be mended before a start; the first thousand. */
  errors!: FindingResponse[];
  /** What should be. */
  warnings!: FindingResponse[];
  counts!: PreflightCounts;
  /** When the first mail would leave. */
  firstAt!: string | null;
  /** When the last one would, by delays, windows, holidays, ramps and all limits, if nobody answers and every condition holds. */
  lastAt!: string | null;
  /** How many mails would leave on which day. */
  days!: ForecastDay[];

  static from(report: PreflightReport): PreflightResponse {
    const plain = (findings: readonly PreflightFinding[]): FindingResponse[] => findings.map((finding) => ({ ...finding }));
    return {
      errors: plain(report.errors),
      warnings: plain(report.warnings),
      counts: { ...report.counts },
      firstAt: report.firstAt?.toISOString() ?? null,
      lastAt: report.lastAt?.toISOString() ?? null,
      days: report.days.map((day) => ({ ...day })),
    };
  }
}

export class CampaignContactRequest {
  @IsString() @Length(1, 254) email!: string;
  @IfGiven() @IsString() @OneLine() @Length(1, 100) firstName?: string;
  @IfGiven() @IsString() @OneLine() @Length(1, 100) lastName?: string;
  @IfGiven() @IsString() @OneLine() @Length(1, 100) role?: string;
  /** IANA name, such as Europe/Lisbon. */
  @IfGiven() @IsString() @Length(1, 64) @IsZone() timeZone?: string;
}

export class CampaignProspectRequest {
  /** Any address of the site. */
  @IsString() @Length(1, 2048) url!: string;
  @IfGiven() @IsString() @OneLine() @Length(1, 200) name?: string;
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(20)
  @NestedList(() => CampaignContactRequest)
  contacts?: CampaignContactRequest[];
  /** Member who works it; you, when absent. */
  @IfGiven() @IsUUID() ownerId?: string;
  /** Put the contacts into the campaign's sequence. */
  @IfGiven() @IsBoolean() enroll?: boolean;
}

export class AddProspectsRequest {
  /** At most 1,000. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_BULK_ITEMS)
  @NestedList(() => CampaignProspectRequest)
  items!: CampaignProspectRequest[];
}

export class AddedProspectResult {
  index!: number;
  /** The status that the item would have got alone. */
  status!: number;
  /** The opportunity. */
  id?: string;
  prospectId?: string;
  contactIds?: string[];
  enrollmentIds?: string[];
  /** What is wrong with it, as problem+json; nothing of the item was stored then. */
  problem?: Record<string, unknown>;
}

export class AddProspectsResponse {
  /** In the order of the items. */
  results!: AddedProspectResult[];
}
