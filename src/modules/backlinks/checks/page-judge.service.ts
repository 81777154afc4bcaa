import { Injectable } from '@nestjs/common';
import { isMatch } from '../../../domain/link-candidates.js';
import { judgeLink, type Judgement } from '../../../domain/link-judge.js';
import { linkKey } from '../../../domain/link-key.js';
import type { TargetRules } from '../../../domain/link-target.js';
import type { PageFacts } from '../../../domain/page-facts.js';
import { redirectSuspects } from '../../../domain/redirect-suspects.js';
import { Clock } from '../../../platform/clock.js';
import { extractPageFacts } from '../../../platform/web-fetch/html/page-facts.js';
import { PageFetcher, type FetchOutcome } from '../../../platform/web-fetch/net/page-fetcher.js';
import { LinkReports } from '../reports/link-reports.service.js';
import type { ClaimedLink } from './link-checks.queries.js';
import { TargetLooks, type TargetLook } from './target-looks.service.js';

/** What one look at a page brought. */
export interface SeenPage {
  readonly outcome: FetchOutcome;
  readonly judgement: Judgement;
  /** What the target and addresses near it answered, as far as it was asked for. */
  readonly looks: ReadonlyMap<string, TargetLook>;
}

/** Looks at the page of a link and judges it; where no link matches, looks whether one near the target leads there. */
@Injectable()
export class PageJudge {
  constructor(
    private readonly clock: Clock,
    private readonly fetcher: PageFetcher,
    private readonly reports: LinkReports,
    private readonly targets: TargetLooks,
  ) {}

  async see(link: ClaimedLink, stopping: AbortSignal): Promise<SeenPage> {
    const outcome = await this.fetcher.fetchPage(link.sourceUrl, { signal: stopping });
    const page = outcome.kind === 'page' && outcome.isHtml ? extractPageFacts(outcome.body, outcome.finalUrl) : undefined;
    const looks = new Map(link.targetLook ? [[keyOf(link.targetUrl), link.targetLook]] : []);
    const judgement = this.judge(link, outcome, page, looks);
    if (!page || judgement.verdict !== 'not_live' || hasMatch(judgement)) return { outcome, judgement, looks };
    const suspects = redirectSuspects(page.links, { ...link, expected: expectedOf(link), rules: this.rulesOf(link, looks) });
    if (suspects.length === 0) return { outcome, judgement, looks };
    const seen = await this.targets.see(link.workspaceId, [link.targetUrl, ...suspects], stopping);
    return { outcome, looks: seen, judgement: this.judge(link, outcome, page, seen) };
  }

  /** After a check that found the link: its target is looked at once a day, and the next check tells what came out of it. */
  async followUp(link: ClaimedLink, { judgement }: SeenPage, stopping: AbortSignal): Promise<void> {
    if (hasMatch(judgement)) await this.targets.refresh(link.workspaceId, link.targetUrl, stopping);
  }

  private judge(link: ClaimedLink, outcome: FetchOutcome, page: PageFacts | undefined, looks: ReadonlyMap<string, TargetLook>): Judgement {
    const { sourceUrl, targetUrl } = link;
    const targetStatus = looks.get(keyOf(targetUrl))?.status ?? undefined;
    return judgeLink({
      ...{ sourceUrl, targetUrl, fetch: outcome },
      ...(page && { page }),
      ...(targetStatus !== undefined && { targetStatus }),
      expected: expectedOf(link),
      rules: this.rulesOf(link, looks),
      now: this.clock.now(),
    });
  }

  private rulesOf({ ignoreTrailingSlash, ignoreWww }: ClaimedLink, looks: ReadonlyMap<string, TargetLook>): TargetRules {
    const redirects = new Map([...looks].flatMap(([key, { endsAt }]) => (endsAt === null ? [] : [[key, endsAt] as const])));
    return { siteOf: (url) => this.reports.siteOf(url), redirects, ignoreTrailingSlash, ignoreWww };
  }
}

function keyOf(url: string): string {
  return linkKey(url) ?? url;
}

function hasMatch({ best }: Judgement): boolean {
  return best !== undefined && isMatch(best);
}

function expectedOf({ expectedRel, paid, expectedAnchor }: ClaimedLink) {
  return { rel: expectedRel ?? ('any' as const), paid, ...(expectedAnchor !== null && { anchor: expectedAnchor }) };
}
