import { Injectable } from '@nestjs/common';
import type { PageFacts } from '../../domain/page-facts.js';
import { extractPageFacts } from './html/page-facts.js';
import { PageFetcher, type FetchOutcome } from './net/page-fetcher.js';

/** Who wants to know: the watch goes by the site's robots.txt, a person who asks for their own page does not. */
export const ASKERS = ['schedule', 'person', 'prospect'] as const;
export type AskedBy = (typeof ASKERS)[number];

export interface LookOptions {
  readonly askedBy: AskedBy;
  /** Of a caller who gives up. */
  readonly signal?: AbortSignal;
}

/** All that one look at a page brought; the judge needs nothing else of the web. */
export interface Look {
  readonly outcome: FetchOutcome;
  /** What stands on the page; absent when there was no HTML to read. */
  readonly facts?: PageFacts;
}

/** Looks at pages that users and other pages name: fetches, reads, and keeps the manners of the web. */
@Injectable()
export class PageLook {
  constructor(private readonly fetcher: PageFetcher) {}

  /**
   * Troubles are outcomes, not errors.
   * @throws only the reason of `signal`, when the caller gives up
   */
  async look(url: string, { signal }: LookOptions): Promise<Look> {
    const outcome = await this.fetcher.fetchPage(url, { ...(signal && { signal }) });
    return { outcome, ...(outcome.kind === 'page' && outcome.isHtml && { facts: extractPageFacts(outcome.body, outcome.finalUrl) }) };
  }
}
