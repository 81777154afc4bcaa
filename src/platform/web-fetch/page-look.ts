import { Injectable } from '@nestjs/common';
import type { PageFacts } from '../../domain/page-facts.js';
import type { RobotsAnswer } from '../../domain/robots-watch.js';
import { extractPageFacts } from './html/page-facts.js';
import { RobotsRules } from './manners/robots-rules.service.js';
import { SharedHostTurns } from './manners/shared-host-turns.service.js';
import { type FetchOptions, type FetchOutcome, PageFetcher } from './net/page-fetcher.js';

/** Who wants to know: the watch goes by the site's robots.txt, a person who asks for their own page does not. */
export const ASKERS = ['schedule', 'person', 'prospect'] as const;
export type AskedBy = (typeof ASKERS)[number];

export interface LookOptions {
  readonly askedBy: AskedBy;
  /** Of a caller who gives up. */
  readonly signal?: AbortSignal;
  /** The turn of the page's host, when the caller holds it already; given back when the host was not asked. */
  readonly token?: string;
  /** An agreement gives this look, though robots.txt may say no (state-model 5). */
  readonly despiteRobots?: boolean;
}

/** All that one look at a page brought; the judge needs nothing else of the web. */
export interface Look {
  readonly outcome: FetchOutcome;
  /** What stands on the page; absent when there was no HTML to read. */
  readonly facts?: PageFacts;
  readonly robots: RobotsAnswer;
}

/** Looks at pages that users and other pages name: fetches, reads, and keeps the manners of the web. */
@Injectable()
export class PageLook {
  constructor(
    private readonly fetcher: PageFetcher,
    private readonly robots: RobotsRules,
    private readonly turns: SharedHostTurns,
  ) {}

  /**
   * Troubles are outcomes, not errors.
   * @throws only the reason of `signal`, when the caller gives up
   */
  async look(url: string, options: LookOptions): Promise<Look> {
    const { signal, token } = options;
    const heard: { robots: RobotsAnswer } = { robots: options.askedBy === 'schedule' ? 'allowed' : 'not_asked' };
    const outcome = await this.fetcher.fetchPage(url, { signal, token, mayFetch: this.rulesOf(options, heard) });
    if (token !== undefined && outcome.chain.length === 0) await this.turns.giveBack(URL.parse(url)?.host ?? '', token);
    const facts = outcome.kind === 'page' && outcome.isHtml ? extractPageFacts(outcome.body, outcome.finalUrl) : undefined;
    return { outcome, ...(facts && { facts }), ...heard };
  }

  /** A look that is given back its turn was never made. */
  async unused(url: string, token: string): Promise<void> {
    await this.turns.giveBack(URL.parse(url)?.host ?? '', token);
  }

  private rulesOf({ askedBy, signal, token, despiteRobots }: LookOptions, heard: { robots: RobotsAnswer }): FetchOptions['mayFetch'] {
    if (askedBy !== 'schedule') return undefined;
    return async (url) => {
      const forbidden = await this.robots.forbids(url, { signal, token });
      if (!forbidden) return undefined;
      if (forbidden.code !== 'ROBOTS_DISALLOW') heard.robots = 'unreachable';
      else heard.robots = despiteRobots ? 'overruled' : 'disallowed';
      return heard.robots === 'overruled' ? undefined : forbidden;
    };
  }
}
