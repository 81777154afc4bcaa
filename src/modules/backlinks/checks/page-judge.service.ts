import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isMatch } from '../../../domain/link-candidates.js';
import { judgeLink, type Judgement, wantsRendering } from '../../../domain/link-judge.js';
import { linkKey } from '../../../domain/link-key.js';
import type { TargetRules } from '../../../domain/link-target.js';
import { redirectSuspects } from '../../../domain/redirect-suspects.js';
import { mayOverruleRobots } from '../../../domain/robots-watch.js';
import { Clock } from '../../../platform/clock.js';
import { PageLook, type Look, type LookOptions } from '../../../platform/web-fetch/page-look.js';
import { LinkReports } from '../reports/link-reports.service.js';
import { looksOf } from './check-evidence.js';
import type { ClaimedLink } from './link-claims.queries.js';
import { judgedFor, type SeenPage } from './seen-page.js';
import { findSeenPage } from './seen-pages.queries.js';
import { TargetLooks, type TargetLook } from './target-looks.service.js';

/** Looks at the page of a link and judges it; where no link matches, looks whether one near the target leads there. */
@Injectable()
export class PageJudge {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pages: PageLook,
    private readonly reports: LinkReports,
    private readonly targets: TargetLooks,
  ) {}

  /** @param token  of the claim, which holds the turn of the page's host */
  async see(link: ClaimedLink, token: string, signal: AbortSignal): Promise<SeenPage> {
    const { askedBy, sourceUrl } = link;
    const known = askedBy === 'schedule' ? await findSeenPage(this.db, link, judgedFor(link)) : undefined;
    const asked = { askedBy, signal, despiteRobots: mayOverruleRobots(link, this.clock.now()) };
    const seen = await this.weighed(link, await this.pages.look(sourceUrl, { ...asked, token, known }), signal);
    // of a kept page only the links near the target are known: whatever else it says now, it says itself
    const raw =
      seen.look.known && seen.judgement.verdict !== 'live' ? await this.weighed(link, await this.pages.look(sourceUrl, asked), signal) : seen;
    return (await this.rendered(link, raw, asked)) ?? raw;
  }

  /** A page that scripts make is shown to a browser, where there is one; what counts is only what the browser tells for sure. */
  private async rendered(
    link: ClaimedLink,
    { look, judgement }: SeenPage,
    asked: LookOptions & { readonly signal: AbortSignal },
  ): Promise<SeenPage | undefined> {
    if (!wantsRendering(judgement)) return undefined;
    const shown = await this.pages.rendered(look, asked);
    if (!shown) return undefined;
    const seen = await this.weighed(link, shown, asked.signal);
    return seen.judgement.verdict === 'live' || shown.rendered === 'complete' ? seen : undefined;
  }

  /** After a check that found the link: its target is looked at once a day, and the next check tells what came out of it. */
  async followUp({ workspaceId, askedBy, targetUrl }: ClaimedLink, { judgement }: SeenPage, signal: AbortSignal): Promise<void> {
    if (hasMatch(judgement)) await this.targets.refresh({ workspaceId, askedBy, signal }, targetUrl);
  }

  private async weighed(link: ClaimedLink, look: Look, signal: AbortSignal): Promise<SeenPage> {
    const { workspaceId, askedBy, targetUrl } = link;
    let targets: ReadonlyMap<string, TargetLook> = new Map(link.targetLook ? [[keyOf(targetUrl), link.targetLook]] : []);
    let judgement = this.judge(link, look, targets);
    if (look.facts && judgement.verdict === 'not_live' && !hasMatch(judgement)) {
      const suspects = redirectSuspects(look.facts.links, { ...link, expected: expectedOf(link), rules: this.rulesOf(link, targets) });
      if (suspects.length > 0) {
        targets = await this.targets.see({ workspaceId, askedBy, signal }, [targetUrl, ...suspects]);
        judgement = this.judge(link, look, targets);
      }
    }
    const { facts, outcome } = look;
    return { look, judgement, targets, looks: facts && outcome.kind === 'page' ? looksOf(facts, outcome.finalUrl, judgement) : undefined };
  }

  private judge(link: ClaimedLink, { outcome, facts, robots }: Look, targets: ReadonlyMap<string, TargetLook>): Judgement {
    const { sourceUrl, targetUrl } = link;
    const targetStatus = targets.get(keyOf(targetUrl))?.status ?? undefined;
    const judgement = judgeLink({
      ...{ sourceUrl, targetUrl, fetch: outcome },
      ...(facts && { page: facts }),
      ...(targetStatus !== undefined && { targetStatus }),
      expected: expectedOf(link),
      rules: this.rulesOf(link, targets),
      now: this.clock.now(),
    });
    // seen all the same, and said so
    return robots === 'overruled' ? { ...judgement, reasonCodes: [...judgement.reasonCodes, 'ROBOTS_DISALLOW'] } : judgement;
  }

  private rulesOf({ ignoreTrailingSlash, ignoreWww }: ClaimedLink, targets: ReadonlyMap<string, TargetLook>): TargetRules {
    const redirects = new Map([...targets].flatMap(([key, { endsAt }]) => (endsAt === null ? [] : [[key, endsAt] as const])));
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
