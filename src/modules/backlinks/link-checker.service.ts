import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { decideBacklink, type LinkDecision } from '../../domain/backlink-decision.js';
import { judgeLink, type Judgement } from '../../domain/link-judge.js';
import { retryAfterMs } from '../../domain/webhook-retry.js';
import { systemActor } from '../../platform/auth/system-actor.js';
import { Clock } from '../../platform/clock.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { transact } from '../../platform/database/transact.js';
import { newId } from '../../platform/ids.js';
import { WorkLoops } from '../../platform/jobs/work-loops.js';
import { extractPageFacts } from '../../platform/web-fetch/page-facts.js';
import { PageFetcher, type FetchOutcome } from '../../platform/web-fetch/page-fetcher.js';
import { userAgentOf } from '../../platform/web-fetch/web-fetch.module.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import { evidenceOf } from './check-evidence.js';
import {
  claimDue,
  insertCheck,
  lockClaimed,
  markParked,
  releaseClaim,
  writeOutcome,
  type ClaimedLink,
  type LinkUnderLock,
} from './link-checks.queries.js';
import { LinkReports } from './link-reports.service.js';

/** Pages fetched side by side by one process. */
const AT_ONCE = 20;

/**
 * The loop `check`: claims links that are due, looks at their pages, and lets the evidence decide. Runs in any number of
 * processes; a killed one leaves claims that run out.
 */
@Injectable()
export class LinkChecker implements OnModuleInit {
  private readonly logger = new Logger(LinkChecker.name);
  private readonly agent: string;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly fetcher: PageFetcher,
    private readonly reports: LinkReports,
    private readonly loops: WorkLoops,
    config: AppConfig,
  ) {
    this.agent = userAgentOf(config);
  }

  onModuleInit(): void {
    this.loops.add('check', (stopping) => this.checkDue(stopping));
  }

  /** One batch. @returns true when there may be more */
  async checkDue(stopping: AbortSignal): Promise<boolean> {
    const token = newId();
    const claimed = await claimDue(this.db, { at: this.clock.now(), token, limit: AT_ONCE });
    await Promise.all(
      claimed.map(async (link) => {
        try {
          await this.check(link, token, stopping);
        } catch (error) {
          if (stopping.aborted) return releaseClaim(this.db, link.workspaceId, link.id, token);
          // the claim stays: it keeps the link from being tried again at once
          this.logger.error({ err: error, workspaceId: link.workspaceId, backlinkId: link.id }, 'link check failed');
        }
      }),
    );
    return claimed.length > 0;
  }

  private async check(link: ClaimedLink, token: string, stopping: AbortSignal): Promise<void> {
    if (link.expiresAt !== null && link.expiresAt <= this.clock.now() && (await this.endTerm(link, token))) return;
    if (link.state === 'reported') {
      await transact(this.db, (tx) => this.pipeline.record(tx, systemActor(link.workspaceId), { kind: 'check_claimed', backlinkId: link.id }));
    }
    const outcome = await this.fetcher.fetchPage(link.sourceUrl, { signal: stopping });
    await this.weigh(link, token, { outcome, judgement: this.judge(link, outcome) });
  }

  /** @returns false for a link that a term does not end, such as a suspect: it is checked on */
  private async endTerm({ workspaceId, id }: ClaimedLink, token: string): Promise<boolean> {
    return transact(this.db, async (tx) => {
      const { moves } = await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'term_ended', backlinkId: id });
      const ended = moves.some((move) => move.machine === 'backlink' && move.id === id);
      if (ended) await releaseClaim(tx, workspaceId, id, token);
      return ended;
    });
  }

  private judge(link: ClaimedLink, outcome: FetchOutcome): Judgement {
    return judgeLink({
      sourceUrl: link.sourceUrl,
      targetUrl: link.targetUrl,
      fetch: outcome,
      ...(outcome.kind === 'page' && outcome.isHtml && { page: extractPageFacts(outcome.body, outcome.finalUrl) }),
      expected: { rel: link.expectedRel ?? 'any', paid: link.paid, ...(link.expectedAnchor !== null && { anchor: link.expectedAnchor }) },
      rules: { siteOf: (url) => this.reports.siteOf(url) },
      now: this.clock.now(),
    });
  }

  /** Evidence, counters, state and events in one transaction; nothing at all when the claim is no longer ours. */
  private async weigh(
    { workspaceId, id, sourceUrl }: ClaimedLink,
    token: string,
    seen: { readonly outcome: FetchOutcome; readonly judgement: Judgement },
  ): Promise<void> {
    const { outcome, judgement } = seen;
    const { verdict, reasonCodes } = judgement;
    await transact(this.db, async (tx) => {
      const link = await lockClaimed(tx, workspaceId, id, token);
      if (!link) return;
      if (link.sourceUrl !== sourceUrl) {
        await releaseClaim(tx, workspaceId, id, token);
        return;
      }
      const at = this.clock.now();
      const checkId = newId();
      const decision = this.decide(link, seen, at);
      const compliance = verdict === 'unknown' ? { status: link.complianceStatus, codes: link.complianceCodes } : judgement.compliance;

      await insertCheck(tx, {
        ...{ workspaceId, id: checkId, backlinkId: id, verdict, reasonCodes, askedBy: link.askedBy, checkedAt: at },
        ...evidenceOf(outcome, judgement, this.agent),
      });
      if (decision.siteParked && link.prospectId !== null) await markParked(tx, workspaceId, link.prospectId, { id: newId(), at });
      await writeOutcome(tx, {
        ...{ workspaceId, id, checkId, verdict, at, compliance },
        ...decision.counters,
        reviewDueAt: decision.reviewDueAt,
        nextAt: earlier(decision.nextCheckAt, link.expiresAt, at),
      });
      const policyRisk = compliance.status === 'policy_risk';
      const changedRisk = policyRisk !== (link.complianceStatus === 'policy_risk');
      const to = decision.to ?? (changedRisk ? link.state : null);
      if (to !== null) await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'link_checked', backlinkId: id, to, policyRisk }, checkId);
    });
  }

  private decide(link: LinkUnderLock, seen: { readonly outcome: FetchOutcome; readonly judgement: Judgement }, at: Date): LinkDecision {
    const { outcome, judgement } = seen;
    const header = outcome.kind === 'page' && outcome.status >= 400 ? outcome.headers['retry-after']?.[0] : undefined;
    const restMs = retryAfterMs(header, at);
    return decideBacklink(
      { ...link, stateSince: link.stateChangedAt },
      {
        verdict: judgement.verdict,
        reasonCodes: judgement.reasonCodes,
        complianceCodes: judgement.compliance.codes,
        ...(restMs !== undefined && { retryAt: new Date(at.getTime() + restMs) }),
      },
      at,
      Math.random() * 2 - 1,
    );
  }
}

/** The end of the term is a time to look, too. */
function earlier(next: Date | null, expiresAt: Date | null, now: Date): Date | null {
  return next !== null && expiresAt !== null && expiresAt > now && expiresAt < next ? expiresAt : next;
}
