import type { Hop, KeptHeaders } from '../../domain/page-facts.js';

/** A page as it stood after its scripts had run. */
export interface RenderedPage {
  readonly kind: 'rendered';
  readonly html: string;
  readonly finalUrl: string;
  readonly status: number;
  readonly headers: KeptHeaders;
  readonly chain: readonly Hop[];
  /** All scripts and data came, and the page came to rest. Else what is missing from it may only not have come. */
  readonly complete: boolean;
  readonly truncated: boolean;
  readonly timingMs: number;
}

export interface FailedRendering {
  readonly kind: 'failed';
  readonly reason: 'busy' | 'timeout' | 'broken' | 'elsewhere';
  /** What the browser said, for logs only. */
  readonly detail?: string;
}

export type Rendering = RenderedPage | FailedRendering;
