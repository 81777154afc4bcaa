import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { decideBacklink, type LinkDecision } from '../../../domain/backlink-decision.js';
import { retryAfterMs } from '../../../domain/webhook-retry.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { AppConfig } from '../../../platform/config/app-config.js';
import { transact } from '../../../platform/database/transact.js';
import { newId } from '../../../platform/ids.js';
import { userAgentOf } from '../../../platform/web-fetch/web-fetch.module.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { evidenceOf } from './check-evidence.js';
import { insertCheck, lockClaimed, markParked, releaseClaim, writeOutcome, type ClaimedLink, type LinkUnderLock } from './link-checks.queries.js';
import type { SeenPage } from './page-judge.service.js';

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
  async weigh({ workspaceId, id, sourceUrl }: ClaimedLink, token: string, seen: SeenPage): Promise<void> {
    const { judgement } = seen;
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
        ...evidenceOf(seen, this.agent),
      });
      if (decision.siteParked && link.prospectId !== null) await markParked(tx, workspaceId, link.prospectId, at);
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

  private decide(link: LinkUnderLock, { outcome, judgement }: SeenPage, at: Date): LinkDecision {
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
