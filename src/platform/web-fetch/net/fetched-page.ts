import type { FailedFetch, FetchedHead } from '../../../domain/page-facts.js';
import type { ConnectionFacts } from './connection-facts.js';

export interface FetchLimits {
  readonly firstByteMs: number;
  /** Of asking and reading, all hops together; waiting for a host's turn is not counted. */
  readonly totalMs: number;
  /** After decompression. */
  readonly maxBytes: number;
  readonly maxRedirects: number;
}

export interface FetchedPage extends FetchedHead, ConnectionFacts {
  /** Decoded text; empty when the answer is declared to be something else than HTML. */
  readonly body: string;
  readonly contentType: string;
  /** There is HTML to read: an empty 200 is a broken server, not a page without links. */
  readonly isHtml: boolean;
  /** The server says that the page is as it was when it gave the mark that we sent; there is no body. */
  readonly notModified?: true;
  readonly timingMs: number;
}

export type FetchOutcome = FetchedPage | FailedFetch;
