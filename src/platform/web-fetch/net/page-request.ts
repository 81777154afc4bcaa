import { Client, type Dispatcher } from 'undici';
import { decodePage } from '../html/page-charset.js';
import { onwardOf } from '../html/page-facts.js';
import { ACCEPT_ENCODING, readBody } from './body-reader.js';
import { type ConnectionFacts, connectionFacts } from './connection-facts.js';
import { CookieJar } from './cookie-jar.js';
import { TookTooLong } from './fetch-refusal.js';
import type { FetchedPage, FetchLimits } from './fetched-page.js';
import { guardedConnector } from './guarded-connector.js';
import { keptHeaders, locationOf, valuesOf } from './response-headers.js';
import type { TargetGate } from './target-gate.js';

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** What is asked for: a page, or a file such as robots.txt whose type servers get wrong. */
export interface Wanted {
  readonly accept: string;
  readonly anyType: boolean;
  /** The body is left unread. */
  readonly headOnly?: boolean | undefined;
  /** False: HTTP/1.1 only. */
  readonly h2?: boolean;
  /** Headers by which only what is new is asked for. */
  readonly conditional?: Readonly<Record<string, string>> | undefined;
}

type PageAnswer = Omit<FetchedPage, 'timingMs' | 'finalUrl' | 'chain' | keyof ConnectionFacts>;

/** Who asks, and whom we trust. */
export interface VisitorOptions {
  readonly userAgent: string;
  readonly ca?: readonly string[] | undefined;
}

/** The answer to one request, which may lead on. */
export interface Answer {
  readonly status: number;
  /** A redirect to there, as written. */
  readonly location?: string;
  /** The page led on by `<meta http-equiv=refresh>`, not its server by a status. */
  readonly refresh?: true;
  readonly retryAfter?: string;
  /** Absent for a redirect. */
  readonly page?: PageAnswer & ConnectionFacts;
}

/**
 * The requests of one fetch, which share cookies. Each has a connection of its own, so that no pool grows with the number of
 * hosts and the address is known.
 */
export class PageRequest {
  private readonly cookies = new CookieJar();

  constructor(
    private readonly gate: TargetGate,
    private readonly agent: VisitorOptions,
    private readonly limits: FetchLimits,
  ) {}

  /** @param answered  told the status as soon as it is known: what follows it may still fail */
  async send(url: URL, wanted: Wanted, stop: AbortSignal, answered: (status: number) => void): Promise<Answer> {
    let connection: ConnectionFacts = { httpVersion: '1.1' };
    const connect = guardedConnector(this.gate, this.limits.firstByteMs, { h2: wanted.h2 ?? true, ca: this.agent.ca });
    const client = new Client(url.origin, {
      connect: (options, callback) => {
        connect(options, (...result) => {
          if (result[1]) connection = connectionFacts(result[1]);
          callback(...result);
        });
      },
    });
    try {
      const response = await this.get(client, url, wanted, stop);
      const { statusCode: status, headers } = response;
      answered(status);
      this.cookies.keep(url, headers['set-cookie']);
      const retryAfter = status >= 400 ? valuesOf(headers['retry-after'])[0] : undefined;
      const head = { status, ...(retryAfter !== undefined && { retryAfter }) };
      if (REDIRECTS.includes(status)) {
        dropBody(response);
        const location = locationOf(headers);
        if (location === undefined) throw new Error('A redirect to nowhere.');
        return { ...head, location };
      }
      const page = await this.page(response, wanted);
      stop.throwIfAborted();
      // an error that sends its visitors elsewhere is an error first
      const onward = !wanted.anyType && page.isHtml && status < 400 ? onwardOf(page.body, url.href) : undefined;
      if (onward !== undefined) return { ...head, location: onward, refresh: true };
      return { ...head, page: { ...page, ...connection } };
    } finally {
      void client.destroy();
    }
  }

  private async get(client: Client, url: URL, wanted: Wanted, stop: AbortSignal): Promise<Dispatcher.ResponseData> {
    const cookie = this.cookies.headerFor(url);
    const firstByte = new AbortController();
    const timer = setTimeout(() => {
      firstByte.abort(new TookTooLong('The first byte'));
    }, this.limits.firstByteMs);
    try {
      return await client.request({
        path: url.pathname + url.search,
        method: 'GET',
        headers: {
          ...{ 'user-agent': this.agent.userAgent, accept: wanted.accept, 'accept-encoding': ACCEPT_ENCODING },
          ...(cookie !== undefined && { cookie }),
          ...wanted.conditional,
        },
        signal: AbortSignal.any([firstByte.signal, stop]),
        headersTimeout: 0,
        bodyTimeout: 0,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  private async page(response: Dispatcher.ResponseData, { anyType, headOnly, conditional }: Wanted): Promise<PageAnswer> {
    const contentType = valuesOf(response.headers['content-type'])[0] ?? '';
    const head = { kind: 'page' as const, status: response.statusCode, headers: keptHeaders(response.headers), contentType };
    if (conditional && response.statusCode === 304) {
      dropBody(response);
      return { ...head, isHtml: false, body: '', truncated: false, notModified: true };
    }
    if (headOnly || (!anyType && contentType !== '' && !/^\s*(text\/html|application\/xhtml\+xml)\b/i.test(contentType))) {
      dropBody(response);
      return { ...head, isHtml: false, body: '', truncated: false };
    }
    const encodings = valuesOf(response.headers['content-encoding']).join(',');
    const { bytes, truncated } = await readBody(response.body, encodings, this.limits.maxBytes);
    const body = anyType ? bytes.toString('utf8') : decodePage(bytes, contentType);
    return { ...head, isHtml: contentType === '' ? /^\s*</.test(body) : /\S/.test(body), body, truncated };
  }
}

function dropBody(response: Dispatcher.ResponseData): void {
  // undici reports a body nobody reads as an error of its own
  response.body.on('error', () => undefined).destroy();
}
