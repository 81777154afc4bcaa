import { Injectable } from '@nestjs/common';
import type { PageFacts } from '../../domain/page-facts.js';
import type { RobotsAnswer } from '../../domain/robots-watch.js';
import { PageRenderer } from '../render/page-renderer.service.js';
import type { RenderedPage } from '../render/rendered-page.js';
import { extractPageFacts } from './html/page-facts.js';
import { type KnownPage, refreshedHeaders, validatorsOf } from './known-page.js';
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
  /** Status and address are enough: nothing is read. */
  readonly headOnly?: boolean;
  /** An agreement gives this look, though robots.txt may say no (state-model 5). */
  readonly despiteRobots?: boolean;
  /** The page as it was last read: only what is new is asked for. */
  readonly known?: KnownPage | undefined;
}

/** All that one look at a page brought; the judge needs nothing else of the web. */
export interface Look {
  readonly outcome: FetchOutcome;
  /** What stands on the page; absent when there was no HTML to read. */
  readonly facts?: PageFacts;
  readonly robots: RobotsAnswer;
  /** The server sent nothing, for the page is as it was then; the facts are from then, the headers from now. */
  readonly known?: KnownPage;
  /** Of a page that a browser showed after its scripts: whether all of it came. What an incomplete one lacks is not missing. */
  readonly rendered?: 'complete' | 'incomplete';
}

/** Looks at pages that users and other pages name: fetches, reads, and keeps the manners of the web. */
@Injectable()
export class PageLook {
  constructor(
    private readonly fetcher: PageFetcher,
    private readonly robots: RobotsRules,
    private readonly turns: SharedHostTurns,
    private readonly renderer: PageRenderer,
  ) {}

  /**
   * Troubles are outcomes, not errors.
   * @throws only the reason of `signal`, when the caller gives up
   */
  async look(url: string, options: LookOptions): Promise<Look> {
    const { signal, token, headOnly } = options;
    const heard: { robots: RobotsAnswer } = { robots: options.askedBy === 'schedule' ? 'allowed' : 'not_asked' };
    const unlessAsKnown = asConditional(options.known);
    const outcome = await this.fetcher.fetchPage(url, { signal, token, headOnly, unlessAsKnown, mayFetch: this.rulesOf(options, heard) });
    if (token !== undefined && outcome.chain.length === 0) await this.unused(url, token);
    return { ...read(outcome, options.known), ...heard };
  }

  /**
   * The page of a look once more, as a browser shows it. Nothing when there is no browser, it is busy or breaks, or the page has
   * another host or a way there that robots.txt forbids.
   * @throws only the reason of `signal`, when the caller gives up
   */
  async rendered({ outcome, robots }: Look, options: LookOptions): Promise<Look | undefined> {
    if (outcome.kind !== 'page' || !this.renderer.free) return undefined;
    const page = await this.inTurn(outcome.finalUrl, options);
    if (!page) return undefined;
    const forbidden = page.finalUrl === outcome.finalUrl ? undefined : await this.rulesOf(options, { robots })?.(new URL(page.finalUrl));
    if (forbidden) return undefined;
    const { status, finalUrl, headers, html, truncated, timingMs } = page;
    // the way to where the browser began was gone before
    const chain = [...outcome.chain.slice(0, -1), ...page.chain];
    const shown = { ...outcome, status, finalUrl, headers, chain, body: html, truncated, timingMs, isHtml: true };
    return { outcome: shown, facts: extractPageFacts(html, finalUrl), robots, rendered: page.complete ? 'complete' : 'incomplete' };
  }

  /** Gives back the turn of a page's host that was not asked. */
  async unused(url: string, token: string): Promise<void> {
    await this.turns.giveBack(URL.parse(url)?.host ?? '', token);
  }

  private async inTurn(url: string, { signal }: LookOptions): Promise<RenderedPage | undefined> {
    const turn = await this.turns.take(new URL(url).host, { signal }).catch(() => undefined);
    signal?.throwIfAborted();
    if (!turn) return undefined;
    try {
      return await this.renderer.render(url, signal);
    } finally {
      await turn.end();
    }
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

function read(outcome: FetchOutcome, known: KnownPage | undefined): Omit<Look, 'robots'> {
  if (outcome.kind !== 'page') return { outcome };
  if (outcome.notModified && known) {
    const { facts, contentType } = known;
    return { outcome: { ...outcome, contentType, isHtml: true, headers: refreshedHeaders(known.headers, outcome.headers) }, facts, known };
  }
  return { outcome, ...(outcome.isHtml && { facts: extractPageFacts(outcome.body, outcome.finalUrl) }) };
}

function asConditional(known: KnownPage | undefined): FetchOptions['unlessAsKnown'] {
  const headers = known && validatorsOf(known);
  return headers && { chain: known.chain, headers };
}
