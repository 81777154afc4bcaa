import type { PageRefresh } from './page-facts.js';

/** So long a visitor waits to be sent on; a page that waits longer is there to be read. */
const AT_ONCE_SECONDS = 10;

/**
 * The content of `<meta http-equiv=refresh>` (HTML standard, "shared declarative refresh steps"): `5`, `0;url=/x`, `0, '/x'`.
 * @returns undefined for what browsers ignore
 */
export function refreshOf(content: string, pageUrl: string, baseUrl: string): PageRefresh | undefined {
  const [, digits = '', dots = '', rest = ''] = /^\s*(\d*)([\d.]*)([^]*)$/.exec(content) ?? [];
  if (`${digits}${dots}` === '') return undefined;
  const afterSeconds = Number(digits.slice(0, 9));
  if (rest.trim() === '') return { afterSeconds, url: pageUrl };
  if (!/^[;,\s]/.test(rest)) return undefined;
  const url = URL.parse(addressIn(rest.trimStart()), baseUrl);
  return url && /^https?:$/.test(url.protocol) ? { afterSeconds, url: url.href } : undefined;
}

function addressIn(written: string): string {
  const address = written.replace(/^[;,]?\s*/, '').replace(/^url\s*=\s*/i, '');
  const quote = address[0];
  if (quote !== '"' && quote !== "'") return address;
  const end = address.indexOf(quote, 1);
  return address.slice(1, end === -1 ? undefined : end);
}

/** Does the page send its visitors to another address before they could read it: a redirect by other means. */
export function leadsOn({ afterSeconds, url }: PageRefresh, pageUrl: string): boolean {
  return afterSeconds <= AT_ONCE_SECONDS && !sameAddress(url, pageUrl);
}

/** Does it load itself again at once: how walls wait for their cookie or their script. */
export function reloadsItself({ afterSeconds, url }: PageRefresh, pageUrl: string): boolean {
  return afterSeconds <= AT_ONCE_SECONDS && sameAddress(url, pageUrl);
}

function sameAddress(one: string, other: string): boolean {
  return one.split('#', 1)[0] === other.split('#', 1)[0];
}
