import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { canStartRenderer, RenderChild, type RenderAddress } from './render-child.js';
import type { RenderedPage, Rendering } from './rendered-page.js';

/** The page itself has 30 s; a browser may have to start first. */
const PATIENCE_MS = 50_000;

/** Asks the process with ROLES=render for pages: at RENDER_URL, or one that is started for this server. */
@Injectable()
export class PageRenderer implements OnApplicationShutdown {
  private readonly logger = new Logger(PageRenderer.name);
  private readonly child: RenderChild | undefined;
  private asking = false;

  constructor(private readonly config: AppConfig) {
    if (config.RENDER_URL === undefined && canStartRenderer(config)) this.child = new RenderChild(config);
  }

  /** Whether a page would be rendered now: false when there is no browser, or it shows another page for us. */
  get free(): boolean {
    return !this.asking && (this.config.RENDER_URL !== undefined || this.child !== undefined);
  }

  /**
   * Shows a page to a browser, and tells what its scripts made of it. Nothing comes back when that cannot be had now.
   * @throws only the reason of `signal`, when the caller gives up
   */
  async render(url: string, signal?: AbortSignal): Promise<RenderedPage | undefined> {
    if (!this.free) return undefined;
    this.asking = true;
    try {
      const rendering = await this.ask(url, signal);
      if (rendering?.kind === 'rendered') return rendering;
      this.logger.log({ reason: rendering?.reason ?? 'absent', detail: rendering?.detail }, 'a page was not rendered');
    } catch (error) {
      signal?.throwIfAborted();
      this.logger.warn({ err: error }, 'the process that renders pages does not answer');
    } finally {
      this.asking = false;
    }
    return undefined;
  }

  onApplicationShutdown(): void {
    this.child?.stop();
  }

  private async ask(url: string, signal: AbortSignal | undefined): Promise<Rendering | undefined> {
    const address = await this.address();
    if (!address) return undefined;
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(`${address.url}/render`, {
      method: 'POST',
      headers: { authorization: `Bearer ${address.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url }),
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    if (!answer.ok) throw new Error(`It answered ${answer.status}.`);
    return (await answer.json()) as Rendering;
  }

  private async address(): Promise<RenderAddress | undefined> {
    const { RENDER_URL: url, RENDER_TOKEN: token } = this.config;
    if (url !== undefined && token !== undefined) return { url: url.replace(/\/$/, ''), token };
    return this.child?.address();
  }
}
