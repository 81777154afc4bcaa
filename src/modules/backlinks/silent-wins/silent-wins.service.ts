import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { linkKey } from '../../../domain/link-key.js';
import { judgeLink } from '../../../domain/link-judge.js';
import type { Verdict } from '../../../domain/reason-codes.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { transact } from '../../../platform/database/transact.js';
import { PageLook } from '../../../platform/web-fetch/page-look.js';
import { StepSkips } from '../../outreach/planning/step-skips.service.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { lockPair, lockSiteOf } from '../link-place.queries.js';
import { LinkReports } from '../reports/link-reports.service.js';
import { claimLooks, type ClaimedLook, findPage, type PageInQuestion, settleLook } from './page-looks.queries.js';

/** Pages looked at side by side by one process. */
const AT_ONCE = 10;

/**
 * The loop `look`: before a follow-up leaves, and once when a sequence is over, the page that we ask about is looked at. Where
 * it bears the link already nobody is asked again: the mail is skipped, the link reported, the sequence stopped (F79).
 * What cannot be seen changes nothing, and holds the mail for PAGE_PATIENCE_MS at most.
 */
@Injectable()
export class SilentWins {
  private readonly logger = new Logger(SilentWins.name);
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly pages: PageLook,
    private readonly reports: LinkReports,
    private readonly skips: StepSkips,
  ) {}

  /**
   * Starts what is due and waits for none of it: a page that hangs must not keep the mail to other sites.
   * @param slotFree  called whenever a look has ended
   * @returns true when there may be more
   */
  async startDue(stopping: AbortSignal, slotFree: () => void): Promise<boolean> {
    const free = AT_ONCE - this.running.size;
    if (free === 0) return false;
    const claimed = await claimLooks(this.db, this.clock.now(), free);
    for (const look of claimed) {
      const run: Promise<void> = this.lookSafely(look, stopping).finally(() => {
        this.running.delete(run);
        slotFree();
      });
      this.running.add(run);
    }
    return claimed.length > 0;
  }

  /** @returns false when nothing is under way; else when one look has ended */
  async oneDone(): Promise<boolean> {
    if (this.running.size === 0) return false;
    await Promise.race(this.running);
    return true;
  }

  private async lookSafely(look: ClaimedLook, stopping: AbortSignal): Promise<void> {
    try {
      await this.look(look, stopping);
    } catch (error) {
      if (stopping.aborted) return; // the claim runs out by itself
      const { workspaceId, subjectId } = look;
      this.logger.error({ err: error, workspaceId, subjectId }, 'a look at a page failed; the mail goes without it');
      await transact(this.db, (tx) => settleLook(tx, look, { verdict: 'unknown', at: this.clock.now() }));
    }
  }

  private async look(look: ClaimedLook, stopping: AbortSignal): Promise<void> {
    const page = await findPage(this.db, look);
    const verdict = page?.pageUrl ? await this.see(page, stopping) : 'unknown';
    if (stopping.aborted) return;
    const sourceKey = verdict === 'live' && page?.pageUrl ? await this.reports.publicKeyOf(page.pageUrl) : undefined;
    await transact(this.db, async (tx) => {
      if (page?.pageUrl && sourceKey !== undefined) await this.win(tx, look, { ...page, pageUrl: page.pageUrl, sourceKey });
      await settleLook(tx, look, { verdict, at: this.clock.now() });
    });
  }

  private async see({ pageUrl, targetUrl }: PageInQuestion, stopping: AbortSignal): Promise<Verdict> {
    const sourceUrl = pageUrl ?? '';
    const { outcome, facts } = await this.pages.look(sourceUrl, { askedBy: 'schedule', signal: stopping });
    return judgeLink({
      ...{ sourceUrl, targetUrl, fetch: outcome },
      ...(facts && { page: facts }),
      expected: { rel: 'any', paid: false },
      rules: { siteOf: (url) => this.reports.siteOf(url) },
      now: this.clock.now(),
    }).verdict;
  }

  /**
   * The mail first: the report would cancel it, and nobody would see that it was spared. Locks come before both, in the order
   * of all who report a link.
   */
  private async win(
    tx: EntityManager,
    { workspaceId, subjectId, subjectType }: ClaimedLook,
    { opportunityId, pageUrl, targetUrl, sourceKey }: PageInQuestion & { readonly pageUrl: string; readonly sourceKey: string },
  ): Promise<void> {
    const actor = systemActor(workspaceId);
    await lockPair(tx, workspaceId, sourceKey, linkKey(targetUrl) ?? targetUrl);
    await lockSiteOf(tx, workspaceId, opportunityId);
    if (subjectType === 'message') await this.skips.skip(tx, workspaceId, subjectId, 'link_found');
    await this.reports.reportWithin(tx, actor, { sourceUrl: pageUrl, targetUrl, opportunityId }, sourceKey);
    // a link that was known before is no news, but nobody is to be asked for it again
    await this.pipeline.record(tx, actor, { kind: 'goal_reached', opportunityId });
  }
}
