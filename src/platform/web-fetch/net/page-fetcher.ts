import { performance } from 'node:perf_hooks';
import type { FetchFailureCode, Hop } from '../../../domain/page-facts.js';
import { AddressGuard, type AddressPolicy } from './address-guard.js';
import { failureOf, isOfHttp2 } from './fetch-failure.js';
import { checkedUrl, fetchableUrl, TargetNotPublic, TookTooLong } from './fetch-refusal.js';
import type { FetchLimits, FetchOutcome } from './fetched-page.js';
import { ALWAYS_OUR_TURN, type HostTurns } from './host-turn.js';
import { type JsonPost, JsonPoster, type PostOutcome } from './json-poster.js';
import { NameResolver } from './name-resolver.js';
import { type Answer, PageRequest, type Wanted } from './page-request.js';
import { TargetGate } from './target-gate.js';

export type { FetchedPage, FetchLimits, FetchOutcome } from './fetched-page.js';
export type { JsonPost, PostOutcome } from './json-poster.js';

export interface PageFetcherOptions extends AddressPolicy {
  /** DNS servers to ask instead of the system's. */
  readonly dnsServers: readonly string[];
  /** Honest, with an address where we can be reached (standards 73). */
  readonly userAgent: string;
  /** Certificates to trust, as PEM, instead of those that the machine does. */
  readonly ca?: readonly string[];
  readonly limits?: Partial<FetchLimits>;
  /** Absent: hosts are asked at once. */
  readonly turns?: HostTurns;
}

/** Why a URL is not to be asked for, by the words of its own site. */
export interface Forbidden {
  readonly code: FetchFailureCode;
  readonly detail: string;
}

export interface FetchOptions {
  /** Of a caller who gives up. */
  readonly signal?: AbortSignal | undefined;
  /** The turn of the first host, when the caller holds it already. */
  readonly token?: string | undefined;
  /** Sent with the request for the last of these, when the way there is the same as then. */
  readonly unlessAsKnown?: { readonly chain: readonly Hop[]; readonly headers: Readonly<Record<string, string>> } | undefined;
  /** Status and address are enough: the body is left unread. */
  readonly headOnly?: boolean | undefined;
  /** Asked before each request, redirects included. */
  readonly mayFetch?: ((url: URL) => Promise<Forbidden | undefined>) | undefined;
}

const LIMITS: FetchLimits = { firstByteMs: 10_000, totalMs: 30_000, maxBytes: 5_000_000, maxRedirects: 10 };
const A_PAGE: Wanted = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.1', anyType: false };
const A_FILE: Wanted = { accept: 'text/plain,*/*;q=0.1', anyType: true };
/** RFC 9309 sections 2.3.1.2 and 2.5: five redirects at least, 500 kibibytes at least. */
const FILE_LIMITS = { maxBytes: 512 * 1024, maxRedirects: 5 };

/** The only door to the web for addresses that users and pages name: never reaches inside (architecture, promise 7). */
export class PageFetcher {
  private readonly gate: TargetGate;
  private readonly limits: FetchLimits;
  private readonly poster: JsonPoster;
  private readonly turns: HostTurns;

  constructor(private readonly options: PageFetcherOptions) {
    this.limits = { ...LIMITS, ...options.limits };
    this.gate = new TargetGate(new AddressGuard(options), new NameResolver(options.dnsServers));
    this.poster = new JsonPoster(this.gate, this.limits.firstByteMs, options);
    this.turns = options.turns ?? ALWAYS_OUR_TURN;
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
  fetchPage(url: string, options: FetchOptions = {}): Promise<FetchOutcome> {
    return this.follow(url, { ...A_PAGE, headOnly: options.headOnly }, this.limits, options);
  }

  /** Gets a file of any type as UTF-8, at most 512 kibibytes of it. @throws as fetchPage */
  fetchFile(url: string, options: FetchOptions = {}): Promise<FetchOutcome> {
    return this.follow(url, A_FILE, { ...this.limits, ...FILE_LIMITS }, options);
  }

  /**
   * Posts to an endpoint that a user named (webhooks).
   * @throws only the reason of `signal`, when the caller gives up
   */
  postJson(url: string, post: JsonPost): Promise<PostOutcome> {
    return this.poster.post(url, post);
  }

  /** What every post carries beside its own headers. */
  get postHeaders(): Readonly<Record<string, string>> {
    return this.poster.headers;
  }

  /** Ends the connections that are kept for further posts. */
  async close(): Promise<void> {
    await this.poster.close();
  }

  private async follow(url: string, wanted: Wanted, limits: FetchLimits, options: FetchOptions): Promise<FetchOutcome> {
    const chain: Hop[] = [];
    const request = new PageRequest(this.gate, this.options, limits);
    let leftMs = limits.totalMs;
    let h2 = true;
    try {
      let next = checkedUrl(url);
      for (;;) {
        const forbidden = await options.mayFetch?.(next);
        if (forbidden) return { kind: 'failure', ...forbidden, chain };
        const here = next;
        const answered = (status: number): void => void chain.push({ url: here.href, status });
        const asked = { ...wanted, h2, conditional: conditionalFor(options.unlessAsKnown, chain, here) };
        const before = chain.length;
        const { answer, tookMs } = await this.inTurn(here, options, (stop) => request.send(here, asked, stop, answered), leftMs).catch(
          (error: unknown) => {
            // servers that say they speak HTTP/2 and do not: once more, in a turn of its own
            if (!h2 || chain.length > before || !isOfHttp2(error)) throw error;
            h2 = false;
            return { answer: undefined, tookMs: 0 };
          },
        );
        leftMs -= tookMs;
        if (!answer) continue;
        if (answer.refresh) chain.splice(-1, 1, { url: here.href, status: answer.status, refresh: true });
        if (answer.page) return { ...answer.page, finalUrl: here.href, chain, timingMs: Math.round(limits.totalMs - leftMs) };
        if (chain.length > limits.maxRedirects) {
          return { kind: 'failure', code: 'TOO_MANY_REDIRECTS', detail: `More than ${limits.maxRedirects} redirects.`, chain };
        }
        next = checkedUrl(answer.location ?? '', here.href);
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      return { kind: 'failure', ...failureOf(error), chain };
    }
  }

  /** Only the work itself counts against our patience, not the wait for a turn. */
  private async inTurn(
    url: URL,
    { signal, token }: FetchOptions,
    work: (stop: AbortSignal) => Promise<Answer>,
    leftMs: number,
  ): Promise<{ readonly answer: Answer; readonly tookMs: number }> {
    const turn = await this.turns.take(url.host, { token, signal });
    const deadline = AbortSignal.timeout(Math.max(1, Math.round(leftMs)));
    const started = performance.now();
    let retryAfter: string | undefined;
    try {
      const answer = await work(signal ? AbortSignal.any([deadline, signal]) : deadline);
      retryAfter = answer.retryAfter;
      return { answer, tookMs: performance.now() - started };
    } catch (error) {
      throw deadline.aborted ? new TookTooLong('The whole answer') : error;
    } finally {
      await turn.end(retryAfter);
    }
  }
}

/** Marks of a version belong to one URL, and count for the page only while all that led there is as it was. */
function conditionalFor(known: FetchOptions['unlessAsKnown'], chain: readonly Hop[], url: URL): Readonly<Record<string, string>> | undefined {
  if (known?.chain.length !== chain.length + 1 || known.chain.at(-1)?.url !== url.href) return undefined;
  return chain.every((hop, at) => hop.url === known.chain[at]?.url && hop.status === known.chain[at].status) ? known.headers : undefined;
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}
