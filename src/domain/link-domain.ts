/** Who asks it with a number of their own is answered with a signature over that: the proof that a domain leads to this installation. */
export const LINK_PROOF_PATH = '/.well-known/linkwright';

/** What is answered under a domain that links stand under; everything else stands under PUBLIC_URL alone. */
const AREAS = ['/u/', '/r/'] as const;

export function answersOnLinkDomain(path: string): boolean {
  return path === LINK_PROOF_PATH || AREAS.some((area) => path.startsWith(area));
}

/**
 * A bare host name as it is kept: lower case, punycode, no dot at its end. With a port only as `host:port` of an inner host.
 * @returns undefined for anything else, a scheme or a path included
 */
export function readLinkDomain(given: string): { readonly domain: string; readonly hostname: string; readonly hasPort: boolean } | undefined {
  const text = given.trim().toLowerCase();
  if (!/^[^\s/\\?#@]{1,260}$/u.test(text) || !URL.canParse(`http://${text}/`)) return undefined;
  const { hostname: parsed, port, pathname, username } = new URL(`http://${text}/`);
  const hostname = parsed.replace(/\.$/, '');
  if (pathname !== '/' || username !== '' || hostname === '') return undefined;
  return { domain: port === '' ? hostname : `${hostname}:${port}`, hostname, hasPort: port !== '' };
}

/** Links are https, but for the port of an inner host, which only an operator who tries things out opens. */
export function originOfLinkDomain(domain: string): string {
  return `${/:\d+$/.test(domain) ? 'http' : 'https'}://${domain}`;
}

/** What links begin with, without a slash at its end: the domain that somebody set and that was verified, else PUBLIC_URL. Never what a request says. */
export function linkBase(verifiedDomain: string | null, publicUrl: string): string {
  return verifiedDomain === null ? publicUrl : originOfLinkDomain(verifiedDomain);
}
