import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { RuleViolation } from '../../../domain/errors.js';
import { linkKey } from '../../../domain/link-key.js';
import { lookAgainWords } from '../../../domain/look-again-words.js';
import { wordsOf } from '../../../domain/reason-words.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import { publicActor } from '../../../platform/auth/system-actor.js';
import { Clock, DAY_MS, SECOND_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { hashToken } from '../../../platform/secrets/tokens.js';
import type { PublicPages } from '../../../platform/templates/page-renderer.js';
import { leaveNote, leaveTask } from '../../pipeline/left-for-people.service.js';
import { findBacklink, findCheck, type BacklinkRow } from '../backlinks.queries.js';
import { LinkReports } from './link-reports.service.js';

const REPORTS_A_DAY = 10;
/** First verdicts come in a second or two; nobody looks at a blank page for longer than this. */
const PATIENCE = { looks: 32, everyMs: 250 };
/** What `new URL` and the column both take, with room for `https://`. */
const MAX_TYPED = 2000;

/** What a token opens: one opportunity's link, nothing else of it. */
export interface ReportTicket {
  readonly workspaceId: string;
  readonly id: string;
  readonly opportunityId: string;
  readonly projectName: string;
  readonly domain: string;
  readonly targetUrl: string;
}

/** What the page says of a look. */
type Told = Omit<PublicPages['report-verdict'], 'url'>;

/** An answer of the page, with the status that fits it. */
export type ReportAnswer =
  | { readonly page: 'report-form'; readonly status: 422 | 429; readonly retryAfterSeconds?: number; readonly shown: PublicPages['report-form'] }
  | { readonly page: 'report-verdict'; readonly status: 200; readonly shown: PublicPages['report-verdict'] };

/** The page behind `/r/{token}`, where a prospect says that the link is live. */
@Injectable()
export class ReportPage {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly reports: LinkReports,
  ) {}

  /** Nothing for a token that is unknown, revoked or too old. Asks for the link that is still owed, else for the campaign's page. */
  async find(token: string): Promise<ReportTicket | undefined> {
    return firstRow(
      this.db,
      `/* all-workspaces: the token says which */
       SELECT r.workspace_id AS "workspaceId", r.id, o.id AS "opportunityId", p.name AS "projectName", s.domain,
              coalesce((SELECT target_url FROM backlinks b WHERE b.workspace_id = r.workspace_id AND b.opportunity_id = o.id AND b.state <> 'closed'
                         ORDER BY b.state <> 'expected', b.state IN ('live', 'degraded'), b.required DESC, b.created_at, b.id LIMIT 1), t.url) AS "targetUrl"
         FROM report_links r
         JOIN opportunities o ON o.workspace_id = r.workspace_id AND o.id = r.opportunity_id
         JOIN prospects s ON s.workspace_id = r.workspace_id AND s.id = o.prospect_id
         JOIN campaigns c ON c.workspace_id = r.workspace_id AND c.id = o.campaign_id
         JOIN projects p ON p.workspace_id = r.workspace_id AND p.id = o.project_id
         JOIN target_pages t ON t.workspace_id = r.workspace_id AND t.id = c.target_page_id
        WHERE r.token_hash = $1 AND r.revoked_at IS NULL AND r.expires_at > $2`,
      [hashToken(token), this.clock.now()],
    );
  }

  /** Takes the report, lets it be checked, and tells what came out of it as far as it is known. */
  async submit(ticket: ReportTicket, typed: string, requestId: string): Promise<ReportAnswer> {
    const url = addressOf(typed);
    if (url === undefined) return refuse(ticket, typed, { status: 422, error: 'Please write the whole address of the page, as in https://…' });
    const site = this.reports.siteOf(url);
    if (site === undefined) return refuse(ticket, typed, { status: 422, error: NOT_PUBLIC });
    const elsewhere = site !== ticket.domain;
    if (!elsewhere && !(await this.isPublic(url))) return refuse(ticket, typed, { status: 422, error: NOT_PUBLIC });
    // counted from here on: a slip of the pen costs nobody one of the ten
    if (!(await this.countReport(ticket))) {
      const error = 'That is enough for one day. Please try again tomorrow, or answer our mail.';
      return { ...refuse(ticket, typed, { status: 429, error }), retryAfterSeconds: this.secondsOfToday() };
    }
    return elsewhere ? this.leaveToColleague(ticket, url, requestId) : this.report(ticket, url, requestId);
  }

  private async isPublic(url: string): Promise<boolean> {
    try {
      await this.reports.publicKeyOf(url);
      return true;
    } catch (error) {
      if (error instanceof RuleViolation && error.code === 'target_not_public') return false;
      throw error;
    }
  }

  private async report(ticket: ReportTicket, url: string, requestId: string): Promise<ReportAnswer> {
    const { workspaceId, opportunityId, targetUrl } = ticket;
    const asked = this.clock.now();
    const { id } = await this.reports.report(publicActor(workspaceId, requestId), { sourceUrl: url, targetUrl, opportunityId });
    return { page: 'report-verdict', status: 200, shown: { url, ...(await this.firstVerdict(workspaceId, id, asked)) } };
  }

  /** The check runs in a worker, maybe in another process: looks until it has spoken. */
  private async firstVerdict(workspaceId: string, id: string, asked: Date): Promise<Told> {
    for (let look = 0; look < PATIENCE.looks; look += 1) {
      const row = await findBacklink(this.db, workspaceId, id);
      const settled = row?.state === 'live' || row?.state === 'closed';
      // the report made the link due at once; a check that came after has set another time
      const answered = row?.lastCheckedAt && row.lastCheckedAt >= asked && row.nextCheckAt?.getTime() !== asked.getTime();
      if (row && (settled || answered)) return this.inWords(workspaceId, row);
      await wait(PATIENCE.everyMs);
    }
    return { verdict: 'checking', canRetry: true };
  }

  private async inWords(workspaceId: string, row: BacklinkRow): Promise<Told> {
    if (row.state === 'closed') return { verdict: 'checking', findings: ['We do not watch this link any more. A colleague will look at it.'] };
    if (row.lastVerdict === 'live' && row.complianceStatus === 'ok') return { verdict: 'live' };
    const next = row.nextCheckAt === null ? undefined : lookAgainWords(row.nextCheckAt, this.clock.now());
    const later = { canRetry: true, ...(next !== undefined && { next }) };
    if (row.lastVerdict === 'live') return { verdict: 'not_live', findings: wordsOf(row.complianceCodes), ...later };
    const check = row.lastCheckId === null ? undefined : await findCheck(this.db, workspaceId, row.lastCheckId);
    return { verdict: row.lastVerdict === 'not_live' ? 'not_live' : 'checking', findings: wordsOf(check?.reasonCodes ?? []), ...later };
  }

  /** A page on another website is never fetched on the word of a stranger. What they typed is kept for a member. */
  private async leaveToColleague(ticket: ReportTicket, url: string, requestId: string): Promise<ReportAnswer> {
    const { workspaceId, opportunityId, domain } = ticket;
    const at = this.clock.now();
    await transact(this.db, async (tx) => {
      const card = { subjectType: 'opportunity', subjectId: opportunityId, at };
      const title = 'A page on another website was reported as live';
      await leaveTask(tx, workspaceId, { ...card, kind: 'reported_elsewhere', opportunityId, title });
      await leaveNote(tx, workspaceId, { ...card, authorId: null, text: `Reported as live on another website: ${url}` });
      await audit(tx, publicActor(workspaceId, requestId), { action: 'opportunity.reported_elsewhere', subjectId: opportunityId, at });
    });
    const findings = [`This page is not on ${domain}, so a colleague will look at it.`];
    return { page: 'report-verdict', status: 200, shown: { verdict: 'checking', url, findings } };
  }

  /** Reports are counted by the days of UTC. */
  private secondsOfToday(): number {
    return Math.ceil((DAY_MS - (this.clock.now().getTime() % DAY_MS)) / SECOND_MS);
  }

  private async countReport({ workspaceId, id }: ReportTicket): Promise<boolean> {
    const counted = await rows(
      this.db,
      `UPDATE report_links SET reports_on = $3, reports_today = CASE WHEN reports_on = $3 THEN reports_today + 1 ELSE 1 END
        WHERE workspace_id = $1 AND id = $2 AND (reports_on IS DISTINCT FROM $3 OR reports_today < $4) RETURNING id`,
      [workspaceId, id, this.clock.now().toISOString().slice(0, 10), REPORTS_A_DAY],
    );
    return counted.length > 0;
  }
}

const NOT_PUBLIC = 'This address cannot be opened from the internet.';

/** People write addresses as they speak them: blog.example/post. */
function addressOf(typed: string): string | undefined {
  const trimmed = typed.trim();
  if (trimmed === '' || trimmed.length > MAX_TYPED) return undefined;
  return linkKey(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
}

function refuse(
  { projectName, targetUrl }: ReportTicket,
  typed: string,
  why: { readonly status: 422 | 429; readonly error: string },
): Extract<ReportAnswer, { page: 'report-form' }> {
  return { page: 'report-form', status: why.status, shown: { projectName, targetUrl, url: typed.slice(0, MAX_TYPED), error: why.error } };
}
