/** Columns that hold a key are no longer than this, and neither is any address that browsers and servers agree on. */
const MAX_LENGTH = 2048;

/**
 * What makes two addresses the same one for us: as the WHATWG URL standard writes it, without a fragment.
 * Trailing slash, `www` and query stay: they may lead to other pages.
 *
 * @returns undefined when it is no http(s) address, holds credentials, or is longer than 2,048 characters once normalised
 */
export function linkKey(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol) || parsed.username !== '' || parsed.password !== '') return undefined;
  parsed.hash = '';
  return parsed.href.length > MAX_LENGTH ? undefined : parsed.href;
}
