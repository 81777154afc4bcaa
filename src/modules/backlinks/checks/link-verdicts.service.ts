import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { decideBacklink, type LinkDecision } from '../../../domain/backlink-decision.js';
import { changesBetween, confirmLooks, type LinkChange, type LinkLooks } from '../../../domain/link-changes.js';
import { BY_HAND_EVERY_MS, robotsRestUntil, wantsWatchByHand, type WatchedPage } from '../../../domain/robots-watch.js';
import { retryAfterMs } from '../../../domain/webhook-retry.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock, HOUR_MS } from '../../../platform/clock.js';
import { AppConfig } from '../../../platform/config/app-config.js';
import { transact } from '../../../platform/database/transact.js';
import { newId } from '../../../platform/ids.js';
import { userAgentOf } from '../../../platform/web-fetch/web-fetch.module.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { evidenceOf } from './check-evidence.js';
import { askForLookByHand, insertCheck, lockClaimed, markParked, releaseClaim, writeOutcome, type LinkUnderLock } from './link-checks.queries.js';
import type { ClaimedLink } from './link-claims.queries.js';
import { judgedFor, seenPageOf, type SeenPage } from './seen-page.js';
import { countReuse, forgetSeenPage, keepSeenPage } from './seen-pages.queries.js';

interface Weighed {
  readonly decision: LinkDecision;
  readonly looks: LinkLooks;
  readonly changes: readonly LinkChange[];
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
    const { reasonCodes } = judgement;
    await transact(this.db, async (tx) => {
      const link = await lockClaimed(tx, workspaceId, id, token);
      if (!link) return;
      if (link.sourceUrl !== sourceUrl) {
        await releaseClaim(tx, workspaceId, id, token);
        return;
      }
      const at = this.clock.now();
      const checkId = newId();
      const { decision, looks, changes } = this.decide({ ...link, agreed: claimed.agreed, fetchedAt: claimed.fetchedAt }, seen, at);
      const { verdict, memory } = decision;
      const compliance = verdict === 'unknown' ? { status: link.complianceStatus, codes: link.complianceCodes } : judgement.compliance;

      await insertCheck(tx, {
        ...{ workspaceId, id: checkId, backlinkId: id, verdict, reasonCodes, askedBy: link.askedBy, checkedAt: at },
        ...evidenceOf(seen, this.agent),
      });
      if (decision.siteParked && link.prospectId !== null) await markParked(tx, workspaceId, link.prospectId, at);
      await writeOutcome(tx, {
        ...{ workspaceId, id, checkId, verdict, at, compliance, memory, looks },
        ...decision.counters,
        reviewDueAt: decision.reviewDueAt,
        fetched: look.outcome.chain.length > 0,
        nextAt: earlier(decision.nextCheckAt, link.expiresAt, at),
      });
      await this.remember(tx, claimed, seen);
      if (wantsWatchByHand(look.robots, claimed)) await askForLookByHand(tx, { ...link, workspaceId, id }, at, BY_HAND_EVERY_MS);
      const policyRisk = compliance.status === 'policy_risk';
      const changedRisk = policyRisk !== (link.complianceStatus === 'policy_risk');
      const to = decision.to ?? (changedRisk || changes.length > 0 ? link.state : null);
      if (to === null) return;
      await this.pipeline.record(tx, systemActor(workspaceId), { kind: 'link_checked', backlinkId: id, to, policyRisk, changes }, checkId);
    });
  }

  /** What the next look may be spared. Only an unbroken row of good looks is: after anything else the page is read anew. */
  private async remember(tx: EntityManager, claimed: ClaimedLink, { look, judgement }: SeenPage): Promise<void> {
    const page = seenPageOf(look, judgement, this.clock);
    if (page) await keepSeenPage(tx, claimed, judgedFor(claimed), page);
    else if (look.known && judgement.verdict === 'live') await countReuse(tx, claimed);
    else await forgetSeenPage(tx, claimed);
  }

  private decide(link: LinkUnderLock & WatchedPage, { look: { outcome, robots }, judgement, looks: now }: SeenPage, at: Date): Weighed {
    const { looks, changes } = now ? confirmLooks(link, now) : { looks: link, changes: [] };
    const header = outcome.kind === 'page' && outcome.status >= 400 ? outcome.headers['retry-after']?.[0] : undefined;
    const restMs = retryAfterMs(header, at);
    const retryAt = restMs === undefined ? robotsRestUntil(robots, link, at) : new Date(at.getTime() + restMs);
    const { missCodes, signCodes, lostAfterChecks, lostAfterHours } = link;
    const decision = decideBacklink(
      { ...link, paid: link.paid || link.topValue, stateSince: link.stateChangedAt, memory: { missCodes, signCodes } },
      {
        verdict: judgement.verdict,
        reasonCodes: judgement.reasonCodes,
        complianceCodes: judgement.compliance.codes,
        // only at first: a page that is different on every visit must not be looked at every hour
        looksNew: looks.unconfirmed !== null && link.unconfirmed === null,
        ...(retryAt && { retryAt }),
      },
      { now: at, jitter: Math.random() * 2 - 1, loss: { checks: lostAfterChecks, overMs: lostAfterHours * HOUR_MS } },
    );
    return { decision, ...believed(link, decision, { looks: { seen: looks.seen, unconfirmed: looks.unconfirmed }, changes }) };
  }
}

/** A look that moves the link is believed: its changes need no other one. */
function believed(link: LinkUnderLock, { to }: LinkDecision, found: Pick<Weighed, 'looks' | 'changes'>): Pick<Weighed, 'looks' | 'changes'> {
  const { unconfirmed } = found.looks;
  if (unconfirmed === null || link.seen === null || to === null || to === link.state) return found;
  return { looks: { seen: unconfirmed, unconfirmed: null }, changes: changesBetween(link.seen, unconfirmed) };
}

/** The end of the term is a time to look, too. */
function earlier(next: Date | null, expiresAt: Date | null, now: Date): Date | null {
  return next !== null && expiresAt !== null && expiresAt > now && expiresAt < next ? expiresAt : next;
}
