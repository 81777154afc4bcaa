import { setTimeout as pause } from 'node:timers/promises';
import { chromium, type Browser } from 'playwright-core';
import type { TargetGate } from '../web-fetch/net/target-gate.js';
import { contextOptions, launchOptions, TAKEN_AWAY, type BrowserPlace } from './browser-settings.js';
import { PageBudget, type PageLimits } from './page-budget.js';
import { PageVisit, type VisitLimits } from './page-visit.js';
import { PinningProxy } from './pinning-proxy.js';
import { descendantsOf } from './process-tree.js';
import type { Rendering } from './rendered-page.js';

export interface RenderLimits extends PageLimits, VisitLimits {
  /** For one page, the start of the browser not counted. */
  readonly pageMs: number;
  /** A browser that has shown so many starts anew. */
  readonly pagesABrowser: number;
  /** Of all processes of the browser together. */
  readonly memoryBytes: number;
}

export interface RenderBrowserOptions extends Omit<BrowserPlace, 'proxyPort'> {
  readonly gate: TargetGate;
  /** Honest, with an address where we can be reached (standards 73). */
  readonly userAgent: string;
  readonly limits?: Partial<RenderLimits>;
}

const LIMITS: RenderLimits = {
  pageMs: 30_000,
  loadMs: 15_000,
  restMs: 10_000,
  connections: 300,
  requests: 300,
  bytes: 30_000_000,
  htmlBytes: 5_000_000,
  pagesABrowser: 25,
  memoryBytes: 1_500_000_000,
};
const MEMORY_LOOK_MS = 500;
const CLOSE_MS = 5000;
const MAX_DETAIL = 300;

/**
 * A Chromium, which shows one page at a time and is thrown away when it breaks, hangs, or has shown enough. It wants a process of
 * its own: whatever that process started is counted as the browser's, and ended with it.
 */
export class RenderBrowser {
  private readonly proxy: PinningProxy;
  private readonly limits: RenderLimits;
  private proxyPort: number | undefined;
  private browser: Browser | undefined;
  private shown = 0;

  constructor(private readonly options: RenderBrowserOptions) {
    this.limits = { ...LIMITS, ...options.limits };
    this.proxy = new PinningProxy(options.gate);
  }

  /** One at a time: the caller waits for the page before. Troubles are outcomes; only a browser that cannot start is an error. */
  async render(url: string): Promise<Rendering> {
    const browser = await this.started();
    const budget = new PageBudget(this.limits);
    this.proxy.open(budget);
    this.shown += 1;
    const done = new AbortController();
    try {
      return await Promise.race([this.visit(browser, url, budget), this.overTime(done.signal), this.overMemory(done.signal)]);
    } catch (error) {
      const detail = error instanceof Error ? error.message.slice(0, MAX_DETAIL) : '';
      return { kind: 'failed', reason: error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'broken', detail };
    } finally {
      done.abort();
      this.proxy.shut();
      if (!(await this.cleared(browser)) || this.shown >= this.limits.pagesABrowser) await this.stop();
    }
  }

  async close(): Promise<void> {
    await this.stop();
    if (this.proxyPort !== undefined) await this.proxy.close();
  }

  private async started(): Promise<Browser> {
    if (this.browser?.isConnected()) return this.browser;
    await this.stop();
    this.proxyPort ??= await this.proxy.listen();
    this.browser = await chromium.launch(launchOptions({ ...this.options, proxyPort: this.proxyPort }));
    this.shown = 0;
    return this.browser;
  }

  private async visit(browser: Browser, url: string, budget: PageBudget): Promise<Rendering> {
    const context = await browser.newContext(contextOptions(browser.version(), this.options.userAgent));
    await context.addInitScript({ content: TAKEN_AWAY });
    return new PageVisit(context, budget, this.limits).render(url);
  }

  private async overTime(signal: AbortSignal): Promise<Rendering> {
    await pause(this.limits.pageMs, undefined, { signal });
    return { kind: 'failed', reason: 'timeout' };
  }

  private async overMemory(signal: AbortSignal): Promise<Rendering> {
    for (;;) {
      await pause(MEMORY_LOOK_MS, undefined, { signal });
      const used = descendantsOf(process.pid).reduce((sum, { ownBytes }) => sum + ownBytes, 0);
      if (used > this.limits.memoryBytes) return { kind: 'failed', reason: 'broken', detail: 'The page took too much memory.' };
    }
  }

  /** @returns false when the browser does not let go of the page */
  private async cleared(browser: Browser): Promise<boolean> {
    if (!browser.isConnected()) return false;
    const closed = Promise.all(browser.contexts().map((context) => context.close())).then(
      () => true,
      () => false,
    );
    return Promise.race([closed, pause(CLOSE_MS, false, { ref: false })]);
  }

  /** A browser that hangs is killed, with all of its processes. */
  private async stop(): Promise<void> {
    const { browser } = this;
    this.browser = undefined;
    if (!browser) return;
    const closed = browser.close().catch(() => undefined);
    await Promise.race([closed, pause(CLOSE_MS, undefined, { ref: false })]);
    for (const { pid } of descendantsOf(process.pid)) kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended meanwhile
  }
}
