/** RFC 5321 section 4.5.3.1, and 256 octets of path less its two brackets. */
const LOCAL_MAX = 64;
const ADDRESS_MAX = 254;

const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The key under which an address is stored and compared: lower case, the domain in punycode; undefined when
 * it is no address that we would write to. The form that a person typed is kept beside it by the caller.
 *
 * Refused on purpose, although RFC 5321 or 5322 allow them: quoted local parts, comments and space inside,
 * address literals, domains of one label or with a numeric end, local parts beyond ASCII (they need SMTPUTF8
 * along the whole way), and domains in look-alike characters such as full-width letters.
 */
export function normaliseEmail(address: string): string | undefined {
  const trimmed = address.trim();
  const at = trimmed.lastIndexOf('@');
  if (at < 1 || trimmed.length > 4 * ADDRESS_MAX) return undefined;
  const local = trimmed.slice(0, at).toLowerCase();
  const domain = normaliseMailDomain(trimmed.slice(at + 1));
  if (domain === undefined || local.length > LOCAL_MAX || !LOCAL_PART.test(local)) return undefined;
  const email = `${local}@${domain}`;
  return email.length > ADDRESS_MAX ? undefined : email;
}

/** The part after the @ of a normalised address. */
export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1);
}

/** Lower case, punycode; undefined when mail cannot go there. */
export function normaliseMailDomain(domain: string): string | undefined {
  const composed = domain.normalize('NFC');
  // URL would take a port, a path or a password for part of the address, and maps look-alikes to plain letters
  if (/[^\p{L}\p{M}\p{N}.-]/u.test(composed) || composed.normalize('NFKC') !== composed) return undefined;
  const ascii = toPunycode(composed);
  return ascii !== undefined && DOMAIN.test(ascii) ? ascii : undefined;
}

function toPunycode(domain: string): string | undefined {
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return undefined;
  }
}
