import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { domainOf } from '../../../domain/email-address.js';
import { NotFound } from '../../../domain/errors.js';
import { type Forecast, forecast, type ForecastItem } from '../../../domain/send-forecast.js';
import { hasConditions, type SequenceStep, stepDueAt, templatesOf } from '../../../domain/sequence-steps.js';
import { breathing } from '../../../platform/breathing.js';
import { Clock } from '../../../platform/clock.js';
import { type LoadedTemplate, TemplateRenderer } from '../../templates/template-renderer.service.js';
import { MailboxChecks, SenderChecks } from './campaign-checks.service.js';
import { LinkDomainChecks } from './link-domain-checks.service.js';
import { MailChecks, type Planned } from './mail-checks.service.js';
import { MailDomainChecks, RecipientChecks } from './people-checks.service.js';
import type { CountedPeople, Found, PeopleCheck, CampaignCheck, PreflightFinding, PreflightRun } from './preflight-check.js';
import { loadForecastLimits } from './forecast.queries.js';
import { type EnrollmentToCheck, loadCampaign, loadMailboxes, loadPlans, loadToCheck, stepsLeft } from './preflight.queries.js';

export interface PreflightReport {
  /** At most the first thousand; `counts.errors` has the number of all. */
  readonly errors: readonly PreflightFinding[];
  readonly warnings: readonly PreflightFinding[];
  readonly counts: Readonly<Record<CountedPeople | 'enrollments' | 'mails' | 'conditionalMails' | 'errors' | 'warnings', number>>;
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
  readonly days: Forecast['days'];
}

/** Enough to mend by. */
const FINDINGS_AT_MOST = 1000;
/** People looked at between two breaths of the process. */
const CHECKED_AT_ONCE = 100;

/** The checks that make a preflight; a new one is a class of its own and a line here. */
@Injectable()
export class PreflightChecks {
  readonly campaign: readonly CampaignCheck[];
  readonly people: readonly PeopleCheck[];

  constructor(
    mailboxes: MailboxChecks,
    sender: SenderChecks,
    recipients: RecipientChecks,
    domains: MailDomainChecks,
    readonly mails: MailChecks,
    links: LinkDomainChecks,
  ) {
    this.campaign = [mailboxes, sender, links];
    this.people = [recipients, domains];
  }
}

/** What a campaign would send, and what stands in its way (F24). Changes nothing. */
@Injectable()
export class Preflight {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly renderer: TemplateRenderer,
    private readonly checks: PreflightChecks,
  ) {}

  /** @throws NotFound */
  async check(workspaceId: string, campaignId: string): Promise<PreflightReport> {
    const campaign = await loadCampaign(this.db, workspaceId, campaignId);
    if (!campaign) throw new NotFound('campaign');
    const mailboxes = await loadMailboxes(this.db, workspaceId, campaignId);
    const plans = await loadPlans(this.db, workspaceId, campaignId);
    const templates = await this.templatesOf(workspaceId, [campaign.steps, ...plans.values()].flat());
    const run: PreflightRun = { workspaceId, campaign, mailboxes, templates, mailDomains: new Map(), enoughDns: new AbortController() };

    const tally = new Tally();
    for (const check of this.checks.campaign) tally.add(await check.ofCampaign(run));
    const items = await this.lookAtPeople(run, plans, tally);
    if (items.length === 0) tally.add({ errors: [{ code: 'no_enrollments', detail: 'Nobody is enrolled: there is nothing to send.' }] });
    return { ...tally.report(items), ...(await this.simulate(workspaceId, campaignId, items)) };
  }

  /** A few at a time, so that thousands neither fill the memory nor hold up other requests. */
  private async lookAtPeople(run: PreflightRun, plans: ReadonlyMap<string, readonly SequenceStep[]>, tally: Tally): Promise<ForecastItem[]> {
    const { workspaceId, campaign } = run;
    const items: ForecastItem[] = [];
    for (let after: string | null = null; ;) {
      const people: EnrollmentToCheck[] = await loadToCheck(
        this.db,
        { workspaceId, campaignId: campaign.id },
        { after, limit: CHECKED_AT_ONCE },
        this.clock.now(),
      );
      for (const check of this.checks.people) tally.add(await check.ofPeople(run, people));
      const planned = people.map((person) => ({ person, steps: stepsLeft(plans.get(person.sequenceVersionId) ?? [], person) }));
      tally.add(await this.checks.mails.faultsOf(run, planned));
      items.push(...planned.map((one) => this.itemOf(one)));
      await setImmediate();
      const last = people.at(-1);
      if (!last || people.length < CHECKED_AT_ONCE) return items;
      after = last.id;
    }
  }

  private async templatesOf(workspaceId: string, steps: readonly SequenceStep[]): Promise<Map<string, LoadedTemplate>> {
    const loaded = new Map<string, LoadedTemplate>();
    for (const id of new Set(steps.flatMap(templatesOf))) loaded.set(id, await this.renderer.current(this.db, workspaceId, id));
    return loaded;
  }

  private itemOf({ person, steps }: Planned): ForecastItem {
    const { zone, holidays, nextAt, stepKey, mailboxId, emailKey } = person;
    const now = this.clock.now();
    const at = nextAt !== null && nextAt > now ? nextAt : now;
    const [first] = steps;
    // of one that runs, the next step's delay is over at nextAt
    const domain = domainOf(emailKey).toLowerCase();
    return { zone, holidays, steps, mailboxId, domain, dueAt: first && stepKey === null ? stepDueAt(first, at, person) : at };
  }

  private async simulate(workspaceId: string, campaignId: string, items: readonly ForecastItem[]): Promise<Forecast> {
    const limits = await loadForecastLimits(this.db, workspaceId, campaignId, this.clock.now());
    if (!limits) throw new NotFound('campaign');
    return breathing(forecast(items, limits));
  }
}

/** Sums up what the checks found; findings beyond the first thousand are only counted. */
class Tally {
  private readonly errors: PreflightFinding[] = [];
  private readonly warnings: PreflightFinding[] = [];
  private readonly counts = { suppressed: 0, undeliverable: 0, consentMissing: 0, guarded: 0, domainTakesNoMail: 0, errors: 0, warnings: 0 };

  private readonly warned = new Set<string>();

  add({ errors = [], warnings: given = [], counts = {} }: Found): void {
    const warnings = given.filter((warning) => this.isNews(warning));
    this.errors.push(...errors.slice(0, FINDINGS_AT_MOST - this.errors.length));
    this.warnings.push(...warnings.slice(0, FINDINGS_AT_MOST - this.warnings.length));
    this.counts.errors += errors.length;
    this.counts.warnings += warnings.length;
    for (const [name, count] of Object.entries(counts) as [CountedPeople, number][]) this.counts[name] += count; // its own keys
  }

  /** A template that is warned of is warned of in the mail to everyone: once is enough. */
  private isNews({ code, templateId }: PreflightFinding): boolean {
    if (templateId === undefined) return true;
    const known = this.warned.size;
    return this.warned.add(`${code} ${templateId}`).size > known;
  }

  report(items: readonly ForecastItem[]): Pick<PreflightReport, 'errors' | 'warnings' | 'counts'> {
    const mails = items.flatMap(({ steps }) => steps.filter(({ kind }) => kind !== 'task'));
    const conditionalMails = mails.filter(hasConditions).length;
    const counts = { enrollments: items.length, mails: mails.length, conditionalMails, ...this.counts };
    return { errors: this.errors, warnings: this.warnings, counts };
  }
}
