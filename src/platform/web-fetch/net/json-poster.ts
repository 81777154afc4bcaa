import { Agent, type Dispatcher } from 'undici';
import type { FetchFailureCode } from '../../../domain/page-facts.js';
import { textWithin } from '../../database/storable-text.js';
import { decodePage } from '../html/page-charset.js';
import { readBody } from './body-reader.js';
import { failureOf } from './fetch-failure.js';
import { checkedUrl, TookTooLong } from './fetch-refusal.js';
import { guardedConnector } from './guarded-connector.js';
import type { VisitorOptions } from './page-request.js';
import { valuesOf } from './response-headers.js';
import type { TargetGate } from './target-gate.js';

export interface JsonPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** Of a caller who gives up. */
  readonly signal?: AbortSignal;
}

export type PostOutcome =
  | { readonly kind: 'answer'; readonly status: number; readonly bodyStart: string; readonly retryAfter?: string }
  | { readonly kind: 'failure'; readonly code: FetchFailureCode; readonly detail: string };

const ANSWER_BYTES = 2048;

/** Posts to endpoints that users named, over connections that are kept. */
export class JsonPoster {
  private readonly agent: Agent;

  constructor(
    gate: TargetGate,
    connectTimeoutMs: number,
    private readonly visitor: VisitorOptions,
  ) {
    this.agent = new Agent({ connect: guardedConnector(gate, connectTimeoutMs, { ca: visitor.ca }) });
  }

  /** What every post carries beside its own headers. */
  get headers(): Readonly<Record<string, string>> {
    return { 'content-type': 'application/json', 'user-agent': this.visitor.userAgent };
  }

  /**
   * Redirects are not followed; an answer of any status is an answer, of which the first 2,048 bytes are kept.
   * @throws only the reason of `signal`, when the caller gives up
   */
  async post(url: string, { headers, body, timeoutMs, signal: givenUp }: JsonPost): Promise<PostOutcome> {
    // one controller and one timer: AbortSignal.any over a signal that lives long costs a third of the post
    const stop = new AbortController();
    const giveUp = (): void => {
      stop.abort();
    };
    const timer = setTimeout(giveUp, timeoutMs);
    givenUp?.addEventListener('abort', giveUp);
    try {
      const target = checkedUrl(url);
      const response = await this.agent.request({
        origin: target.origin,
        path: target.pathname + target.search,
        method: 'POST',
        headers: { ...this.headers, ...headers },
        body,
        signal: stop.signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      // the head is the answer: one whose body breaks off or never ends was given all the same
      const bodyStart = await answerStart(response);
      const retryAfter = valuesOf(response.headers['retry-after'])[0];
      return { kind: 'answer', status: response.statusCode, bodyStart, ...(retryAfter !== undefined && { retryAfter }) };
    } catch (error) {
      givenUp?.throwIfAborted();
      return { kind: 'failure', ...failureOf(stop.signal.aborted ? new TookTooLong('The answer') : error) };
    } finally {
      clearTimeout(timer);
      givenUp?.removeEventListener('abort', giveUp);
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

/** The beginning of an answer as text; nothing when it breaks off at once. */
async function answerStart(response: Dispatcher.ResponseData): Promise<string> {
  if (response.statusCode === 204) {
    await response.body.dump(); // has none: the connection is free again
    return '';
  }
  const { bytes } = await readBody(response.body, '', ANSWER_BYTES).catch(() => ({ bytes: Buffer.alloc(0) }));
  return textWithin(decodePage(bytes, ''), ANSWER_BYTES);
}
