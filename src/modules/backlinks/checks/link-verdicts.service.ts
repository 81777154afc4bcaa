import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { decideBacklink, type LinkDecision } from '../../../domain/backlink-decision.js';
import type { Judgement } from '../../../domain/link-judge.js';
import { BY_HAND_EVERY_MS, robotsRestUntil, wantsWatchByHand, type WatchedPage } from '../../../domain/robots-watch.js';
import { retryAfterMs } from '../../../domain/webhook-retry.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { AppConfig } from '../../../platform/config/app-config.js';
import { transact } from '../../../platform/database/transact.js';
import { newId } from '../../../platform/ids.js';
import type { Look } from '../../../platform/web-fetch/page-look.js';
import { userAgentOf } from '../../../platform/web-fetch/web-fetch.module.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { evidenceOf } from './check-evidence.js';
import { askForLookByHand, insertCheck, lockClaimed, markParked, releaseClaim, writeOutcome, type LinkUnderLock } from './link-checks.queries.js';
import type { ClaimedLink } from './link-claims.queries.js';
import { judgedFor, seenPageOf } from './seen-page.js';
import { countReuse, forgetSeenPage, keepSeenPage } from './seen-pages.queries.js';

/** What one look at a page brought. */
export interface SeenPage {
  readonly look: Look;
  readonly judgement: Judgement;
}

/** Weighs what a check saw against what is known of the link, and writes down both. */
@Injectable()
export class LinkVerdicts {
  private readonly agent: string;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    config: AppConfig,
  ) {
    this.agent = userAgentOf(config);
  }

  /** Evidence, counters, state and events in one transaction; nothing at all when the claim is no longer ours. */
  async weigh(claimed: ClaimedLink, token: string, seen: SeenPage): Promise<void> {
    const { workspaceId, id, sourceUrl } = claimed;
    const { look, judgement } = seen;
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
      const decision = this.decide({ ...link, agreed: claimed.agreed, fetchedAt: claimed.fetchedAt }, seen, at);
      const compliance = verdict === 'unknown' ? { status: link.complianceStatus, codes: link.complianceCodes } : judgement.compliance;

      await insertCheck(tx, {
        ...{ workspaceId, id: checkId, backlinkId: id, verdict, reasonCodes, askedBy: link.askedBy, checkedAt: at },
        ...evidenceOf(look, judgement, this.agent),
      });
      if (decision.siteParked && link.prospectId !== null) await markParked(tx, workspaceId, link.prospectId, at);
      await writeOutcome(tx, {
        ...{ workspaceId, id, checkId, verdict, at, compliance },
        ...decision.counters,
        reviewDueAt: decision.reviewDueAt,
        fetched: look.outcome.chain.length > 0,
        nextAt: earlier(decision.nextCheckAt, link.expiresAt, at),
      });
      await this.remember(tx, claimed, seen);
      if (wantsWatchByHand(look.robots, claimed)) await askForLookByHand(tx, { ...link, workspaceId, id }, at, BY_HAND_EVERY_MS);
      const policyRisk = compliance.status === 'policy_risk';
      const changedRisk = policyRisk !== (link.complianceStatus === 'policy_risk');
      const to = decision.to ?? (changedRisk ? link.state : null);
      if (to !== null) await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'link_checked', backlinkId: id, to, policyRisk }, checkId);
    });
  }

  /** What the next look may be spared. Only an unbroken row of good looks is: after anything else the page is read anew. */
  private async remember(tx: EntityManager, claimed: ClaimedLink, { look, judgement }: SeenPage): Promise<void> {
    const page = seenPageOf(look, judgement, this.clock);
    if (page) await keepSeenPage(tx, claimed, judgedFor(claimed), page);
    else if (look.known && judgement.verdict === 'live') await countReuse(tx, claimed);
    else await forgetSeenPage(tx, claimed);
  }

  private decide(link: LinkUnderLock & WatchedPage, { look: { outcome, robots }, judgement }: SeenPage, at: Date): LinkDecision {
    const header = outcome.kind === 'page' && outcome.status >= 400 ? outcome.headers['retry-after']?.[0] : undefined;
    const restMs = retryAfterMs(header, at);
    const retryAt = restMs === undefined ? robotsRestUntil(robots, link, at) : new Date(at.getTime() + restMs);
    return decideBacklink(
      { ...link, stateSince: link.stateChangedAt },
      {
        verdict: judgement.verdict,
        reasonCodes: judgement.reasonCodes,
        complianceCodes: judgement.compliance.codes,
        ...(retryAt && { retryAt }),
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
