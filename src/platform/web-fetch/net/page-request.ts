import { Client, type Dispatcher } from 'undici';
import { decodePage } from '../html/page-charset.js';
import { ACCEPT_ENCODING, readBody } from './body-reader.js';
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
  /** Headers by which only what is new is asked for. */
  readonly conditional?: Readonly<Record<string, string>> | undefined;
}

/** The answer to one request, which may lead on. */
export interface Answer {
  readonly status: number;
  /** A redirect to there, as written. */
  readonly location?: string;
  readonly retryAfter?: string;
  /** Absent for a redirect. */
  readonly page?: Omit<FetchedPage, 'timingMs' | 'finalUrl' | 'chain'>;
}

/** One GET. A connection of its own, so that no pool grows with the number of hosts and the address is known. */
export class PageRequest {
  constructor(
    private readonly gate: TargetGate,
    private readonly userAgent: string,
    private readonly limits: FetchLimits,
  ) {}

  /** @param answered  told the status as soon as it is known: what follows it may still fail */
  async send(url: URL, wanted: Wanted, stop: AbortSignal, answered: (status: number) => void): Promise<Answer> {
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
      const response = await this.get(client, url, wanted, stop);
      const { statusCode: status, headers } = response;
      answered(status);
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
      return { ...head, page: { ...page, ...(ip !== undefined && { fetchedFromIp: ip }) } };
    } finally {
      void client.destroy();
    }
  }

  private async get(client: Client, url: URL, wanted: Wanted, stop: AbortSignal): Promise<Dispatcher.ResponseData> {
    const firstByte = new AbortController();
    const timer = setTimeout(() => {
      firstByte.abort(new TookTooLong('The first byte'));
    }, this.limits.firstByteMs);
    try {
      return await client.request({
        path: url.pathname + url.search,
        method: 'GET',
        headers: { 'user-agent': this.userAgent, accept: wanted.accept, 'accept-encoding': ACCEPT_ENCODING, ...wanted.conditional },
        signal: AbortSignal.any([firstByte.signal, stop]),
        headersTimeout: 0,
        bodyTimeout: 0,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  private async page(response: Dispatcher.ResponseData, { anyType, conditional }: Wanted): Promise<NonNullable<Answer['page']>> {
    const contentType = valuesOf(response.headers['content-type'])[0] ?? '';
    const head = { kind: 'page' as const, status: response.statusCode, headers: keptHeaders(response.headers), contentType };
    if (conditional && response.statusCode === 304) {
      dropBody(response);
      return { ...head, isHtml: false, body: '', truncated: false, notModified: true };
    }
    if (!anyType && contentType !== '' && !/^\s*(text\/html|application\/xhtml\+xml)\b/i.test(contentType)) {
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
