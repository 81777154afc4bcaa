import { isIP } from 'node:net';
import { getDomain } from 'tldts';

export interface SiteKeyOptions {
  /** Says which addresses and single-label names may stand for a site; none by default. */
  readonly allowedInnerHost?: (host: string) => boolean;
}

/**
 * The website a URL belongs to: its registrable domain by the public suffix list, private suffixes included
 * (a.github.io and b.github.io are two sites), in punycode. An allowed inner host is a site by itself, as `host:port`.
 */
export function siteKeyOf(url: string, options: SiteKeyOptions = {}): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) return undefined;
  const host = parsed.hostname.replace(/\.$/, '');
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0 || !host.includes('.')) {
    const port = parsed.port === '' ? defaultPort(parsed) : parsed.port;
    return options.allowedInnerHost?.(bare) ? `${host}:${port}` : undefined;
  }
  // github.io itself is a private suffix, and a website too
  return getDomain(host, { allowPrivateDomains: true }) ?? getDomain(host) ?? undefined;
}

function defaultPort(url: URL): string {
  return url.protocol === 'https:' ? '443' : '80';
}
