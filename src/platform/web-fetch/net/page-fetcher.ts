import { isUtf8 } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { Agent, Client, type Dispatcher } from 'undici';
import { KEPT_HEADERS, type FailedFetch, type FetchedHead, type FetchFailureCode, type Hop, type KeptHeaders } from '../../../domain/page-facts.js';
import { textWithin } from '../../database/storable-text.js';
import { AddressGuard, type AddressPolicy } from './address-guard.js';
import { ACCEPT_ENCODING, readBody } from './body-reader.js';
import { failureOf } from './fetch-failure.js';
import { fetchableUrl, TargetNotPublic, TookTooLong } from './fetch-refusal.js';
import { guardedConnector } from './guarded-connector.js';
import { NameResolver } from './name-resolver.js';
import { decodePage } from '../html/page-charset.js';
import { onwardOf } from '../html/page-facts.js';
import { TargetGate } from './target-gate.js';

export interface FetchLimits {
  readonly firstByteMs: number;
  readonly totalMs: number;
  /** After decompression. */
  readonly maxBytes: number;
  readonly maxRedirects: number;
}

export interface PageFetcherOptions extends AddressPolicy {
  /** DNS servers to ask instead of the system's. */
  readonly dnsServers: readonly string[];
  /** Honest, with an address where we can be reached (standards 73). */
  readonly userAgent: string;
  readonly limits?: Partial<FetchLimits>;
}

export interface FetchedPage extends FetchedHead {
  /** Decoded text; empty when the answer is declared to be something else than HTML. */
  readonly body: string;
  readonly contentType: string;
  /** There is HTML to read: an empty 200 is a broken server, not a page without links. */
  readonly isHtml: boolean;
  readonly fetchedFromIp?: string;
  readonly timingMs: number;
}

export type FetchOutcome = FetchedPage | FailedFetch;

export interface FetchOptions {
  /** Of a caller who gives up. */
  readonly signal?: AbortSignal;
  /** Status and address are enough: the body is left unread. */
  readonly headOnly?: boolean;
}

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

const LIMITS: FetchLimits = { firstByteMs: 10_000, totalMs: 30_000, maxBytes: 5_000_000, maxRedirects: 10 };
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const ANSWER_BYTES = 2048;

/** The only door to the web for addresses that users and pages name: never reaches inside (architecture, promise 7). */
export class PageFetcher {
  private readonly gate: TargetGate;
  private readonly limits: FetchLimits;
  private readonly agent: Agent;

  constructor(private readonly options: PageFetcherOptions) {
    this.limits = { ...LIMITS, ...options.limits };
    this.gate = new TargetGate(new AddressGuard(options), new NameResolver(options.dnsServers));
    this.agent = new Agent({ connect: guardedConnector(this.gate, this.limits.firstByteMs) });
  }

  /** Where does the URL lead, before anything is stored: `not_public` also for what is no plain http(s) URL. */
  async resolveTarget(url: string): Promise<'public' | 'not_public' | 'unresolved'> {
    const parsed = fetchableUrl(url);
    if (!parsed) return 'not_public';
    try {
      await this.gate.permittedAddresses(parsed.hostname, portOf(parsed));
      return 'public';
    } catch (error) {
      return error instanceof TargetNotPublic ? 'not_public' : 'unresolved';
    }
  }

  /** Is this host an inner address that the settings open? Such a host may stand for a website. */
  opensInnerHost(host: string): boolean {
    return this.gate.guard.opens(host);
  }

  /**
   * Gets a page, following redirects one by one. Troubles are outcomes, not errors.
   * @throws only the reason of `signal`, when the caller gives up
   */
  async fetchPage(url: string, { signal, headOnly = false }: FetchOptions = {}): Promise<FetchOutcome> {
    const chain: Hop[] = [];
    const deadline = AbortSignal.timeout(this.limits.totalMs);
    const stop = signal ? AbortSignal.any([deadline, signal]) : deadline;
    const started = performance.now();
    try {
      let next = this.checked(url);
      for (;;) {
        const result = await this.hop(next, chain, stop, headOnly);
        if (!(result instanceof URL)) return { ...result, timingMs: Math.round(performance.now() - started) };
        if (chain.length > this.limits.maxRedirects) {
          return { kind: 'failure', code: 'TOO_MANY_REDIRECTS', detail: `More than ${this.limits.maxRedirects} redirects.`, chain };
        }
        next = result;
      }
    } catch (error) {
      signal?.throwIfAborted();
      return { kind: 'failure', ...failureOf(deadline.aborted ? new TookTooLong('The whole answer') : error), chain };
    }
  }

  /**
   * Posts to an endpoint that a user named (webhooks). Redirects are not followed; an answer of any status is an answer, of which
   * the first 2,048 bytes are kept.
   * @throws only the reason of `signal`, when the caller gives up
   */
  async postJson(url: string, { headers, body, timeoutMs, signal: givenUp }: JsonPost): Promise<PostOutcome> {
    // one controller and one timer: AbortSignal.any over a signal that lives long costs a third of the post
    const stop = new AbortController();
    const giveUp = (): void => {
      stop.abort();
    };
    const timer = setTimeout(giveUp, timeoutMs);
    givenUp?.addEventListener('abort', giveUp);
    try {
      const target = this.checked(url);
      const response = await this.agent.request({
        origin: target.origin,
        path: target.pathname + target.search,
        method: 'POST',
        headers: { ...this.postHeaders, ...headers },
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

  /** What every post carries beside its own headers. */
  get postHeaders(): Readonly<Record<string, string>> {
    return { 'content-type': 'application/json', 'user-agent': this.options.userAgent };
  }

  /** Ends the connections that are kept for further posts. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private checked(url: string, base?: string): URL {
    const parsed = fetchableUrl(url, base);
    if (!parsed) throw new TargetNotPublic('This URL');
    return parsed;
  }

  /** One request. A connection of its own, so that no pool grows with the number of hosts and the address is known. */
  private async hop(url: URL, chain: Hop[], stop: AbortSignal, headOnly: boolean): Promise<URL | Omit<FetchedPage, 'timingMs'>> {
    let ip: string | undefined;
    const connect = guardedConnector(this.gate, this.limits.firstByteMs);
    const client = new Client(url.origin, {
      connect: (options, callback) => {
        connect(options, (...result) => {
          ip = result[1]?.remoteAddress;
          callback(...result);
        });
      },
    });
    try {
      const response = await this.get(client, url, stop);
      chain.push({ url: url.href, status: response.statusCode });
      const location = valuesOf(response.headers['location'])[0];
      if (REDIRECTS.includes(response.statusCode)) {
        dropBody(response);
        if (location === undefined) throw new Error('A redirect to nowhere.');
        return this.checked(utf8Of(location), url.href);
      }
      const page = await this.page(response, headOnly);
      stop.throwIfAborted();
      // an error that sends its visitors elsewhere is an error first
      const onward = page.isHtml && response.statusCode < 400 ? onwardOf(page.body, url.href) : undefined;
      if (onward !== undefined) {
        chain.splice(-1, 1, { url: url.href, status: response.statusCode, refresh: true });
        return this.checked(onward);
      }
      return { ...page, finalUrl: url.href, chain: [...chain], ...(ip !== undefined && { fetchedFromIp: ip }) };
    } finally {
      void client.destroy();
    }
  }

  private async get(client: Client, url: URL, stop: AbortSignal): Promise<Dispatcher.ResponseData> {
    const firstByte = new AbortController();
    const timer = setTimeout(() => {
      firstByte.abort(new TookTooLong('The first byte'));
    }, this.limits.firstByteMs);
    try {
      return await client.request({
        path: url.pathname + url.search,
        method: 'GET',
        headers: {
          'user-agent': this.options.userAgent,
          accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.1',
          'accept-encoding': ACCEPT_ENCODING,
        },
        signal: AbortSignal.any([firstByte.signal, stop]),
        headersTimeout: 0,
        bodyTimeout: 0,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  private async page(response: Dispatcher.ResponseData, headOnly: boolean): Promise<Omit<FetchedPage, 'timingMs' | 'finalUrl' | 'chain'>> {
    const contentType = valuesOf(response.headers['content-type'])[0] ?? '';
    const head = { kind: 'page' as const, status: response.statusCode, headers: keptHeaders(response.headers), contentType };
    if (headOnly || (contentType !== '' && !/^\s*(text\/html|application\/xhtml\+xml)\b/i.test(contentType))) {
      dropBody(response);
      return { ...head, isHtml: false, body: '', truncated: false };
    }
    const encodings = valuesOf(response.headers['content-encoding']).join(',');
    const { bytes, truncated } = await readBody(response.body, encodings, this.limits.maxBytes);
    const body = decodePage(bytes, contentType);
    return { ...head, isHtml: contentType === '' ? /^\s*</.test(body) : /\S/.test(body), body, truncated };
  }
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

function valuesOf(header: string | string[] | undefined): readonly string[] {
  return header === undefined ? [] : [header].flat();
}

/** Servers send `Location: /größe` in UTF-8, which HTTP reads as Latin-1. */
function utf8Of(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
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

function dropBody(response: Dispatcher.ResponseData): void {
  // undici reports a body nobody reads as an error of its own
  response.body.on('error', () => undefined).destroy();
}

function keptHeaders(headers: Dispatcher.ResponseData['headers']): KeptHeaders {
  return Object.fromEntries(KEPT_HEADERS.map((name) => [name, valuesOf(headers[name])] as const).filter(([, values]) => values.length > 0));
}
