import { performance } from 'node:perf_hooks';
import type { BrowserContext, Page, Request, Response, Route } from 'playwright-core';
import { KEPT_HEADERS, type Hop, type KeptHeaders } from '../../domain/page-facts.js';
import type { PageBudget } from './page-budget.js';
import type { Rendering } from './rendered-page.js';

export interface VisitLimits {
  readonly requests: number;
  readonly htmlBytes: number;
  /** For the document itself. */
  readonly loadMs: number;
  /** For its scripts to come to rest. */
  readonly restMs: number;
}

/** No link hangs on these. */
const NOT_LOADED: readonly string[] = ['image', 'media', 'font', 'texttrack', 'manifest'];
/** A page may lack its links when one of these did not come. */
const NEEDED: readonly string[] = ['document', 'script', 'xhr', 'fetch'];
const MAX_HOPS = 10;

/** One page in one context of its own: nothing of it is there for the next. */
export class PageVisit {
  private requests = 0;
  private missing = false;
  private readonly chain: Hop[] = [];
  private last: Response | undefined;

  constructor(
    private readonly context: BrowserContext,
    private readonly budget: PageBudget,
    private readonly limits: VisitLimits,
  ) {}

  /** @throws what the browser says when it breaks or takes too long */
  async render(url: string): Promise<Rendering> {
    const started = performance.now();
    const { host } = new URL(url);
    const page = await this.context.newPage();
    this.context.on('page', (other) => void other.close().catch(() => undefined));
    await this.context.route('**/*', (route) => this.admit(route, page, host));
    page.on('response', (response) => {
      this.note(response, page);
    });
    page.on('requestfailed', (request) => {
      if (this.isNeeded(request, page)) this.missing = true;
    });
    page.on('websocket', (socket) => {
      socket.on('socketerror', () => {
        this.missing = true;
      });
    });
    await page.goto(url, { waitUntil: 'domcontentloaded', timeout: this.limits.loadMs });
    const rested = await page.waitForLoadState('networkidle', { timeout: this.limits.restMs }).then(
      () => true,
      () => false,
    );
    const html = await page.content();
    const finalUrl = page.url();
    const { last } = this;
    // the manners of the web were kept with this host only
    if (!last || URL.parse(finalUrl)?.host !== host) return { kind: 'failed', reason: 'elsewhere' };
    const truncated = html.length > this.limits.htmlBytes;
    return {
      kind: 'rendered',
      html: truncated ? html.slice(0, this.limits.htmlBytes) : html,
      finalUrl,
      status: last.status(),
      headers: await keptHeaders(last),
      chain: this.chain,
      complete: rested && !truncated && !this.missing && !this.budget.exceeded,
      truncated,
      timingMs: Math.round(performance.now() - started),
    };
  }

  private async admit(route: Route, page: Page, host: string): Promise<void> {
    const request = route.request();
    this.requests += 1;
    const tooMany = this.requests > this.limits.requests;
    if (tooMany) this.budget.refuse();
    const leaves = isNavigation(request, page) && URL.parse(request.url())?.host !== host;
    const useless = NOT_LOADED.includes(request.resourceType()) || isFrame(request, page);
    if (tooMany || leaves || useless) await route.abort();
    else await route.continue();
  }

  private note(response: Response, page: Page): void {
    const request = response.request();
    if (this.isNeeded(request, page) && response.status() >= 400) this.missing = true;
    if (!isNavigation(request, page)) return;
    this.last = response;
    if (this.chain.length < MAX_HOPS) this.chain.push({ url: response.url(), status: response.status() });
  }

  private isNeeded(request: Request, page: Page): boolean {
    return NEEDED.includes(request.resourceType()) && !isFrame(request, page);
  }
}

/** A link in a frame is no link of the page. */
function isFrame(request: Request, page: Page): boolean {
  return request.resourceType() === 'document' && !isNavigation(request, page);
}

/** Of the page itself, not of a frame in it. */
function isNavigation(request: Request, page: Page): boolean {
  try {
    return request.isNavigationRequest() && request.frame() === page.mainFrame();
  } catch {
    return false; // of a window that the page opened just now
  }
}

async function keptHeaders(response: Response): Promise<KeptHeaders> {
  const all = await response.headersArray();
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const values = all.filter((header) => header.name.toLowerCase() === name).map(({ value }) => value);
      return values.length > 0 ? [[name, values] as const] : [];
    }),
  );
}
