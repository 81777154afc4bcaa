import { valuesOf } from './response-headers.js';

const MAX_COOKIES = 50;
const MAX_LENGTH = 4096;
/** Name and value as RFC 6265 section 4.1.1 has them. */
const PAIR = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e"]*)$/;

/**
 * The cookies of one fetch: sites that set one and lead back to see it come to an end. Each goes only to the very host that set
 * it, and all are forgotten with the fetch: nobody is recognised.
 */
export class CookieJar {
  private readonly cookies = new Map<string, { readonly host: string; readonly secure: boolean; readonly pair: string }>();

  /** Takes what an answer sets. */
  keep(url: URL, header: string | string[] | undefined): void {
    for (const value of valuesOf(header)) {
      const [first = '', ...attributes] = value.slice(0, MAX_LENGTH).split(';');
      const pair = first.trim();
      const [, name] = PAIR.exec(pair) ?? [];
      if (name === undefined || this.cookies.size >= MAX_COOKIES) continue;
      const said = attributes.map((attribute) => attribute.trim().toLowerCase());
      if (said.some((attribute) => /^max-age\s*=\s*(0|-\d+)$/.test(attribute))) this.cookies.delete(`${url.host} ${name}`);
      else this.cookies.set(`${url.host} ${name}`, { host: url.host, secure: said.includes('secure'), pair });
    }
  }

  /** What goes with a request for the URL; nothing when it has none. */
  headerFor(url: URL): string | undefined {
    const pairs = [...this.cookies.values()]
      .filter(({ host, secure }) => host === url.host && (!secure || url.protocol === 'https:'))
      .map(({ pair }) => pair);
    return pairs.length === 0 ? undefined : pairs.join('; ');
  }
}
