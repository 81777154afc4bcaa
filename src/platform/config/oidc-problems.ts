import ipaddr from 'ipaddr.js';

interface OidcSettings {
  readonly OIDC_ISSUER?: string;
  readonly OIDC_CLIENT_ID?: string;
  readonly FETCH_ALLOW_CIDRS: readonly string[];
}

/** What is wrong with the settings of single sign-on, taken together; each begins with the name of its variable. */
export function oidcProblems({ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, FETCH_ALLOW_CIDRS: allowed }: OidcSettings): string[] {
  if (issuer === undefined) return clientId === undefined ? [] : ['OIDC_ISSUER is needed beside OIDC_CLIENT_ID'];
  return [
    ...(clientId === undefined ? ['OIDC_CLIENT_ID is needed beside OIDC_ISSUER'] : []),
    ...(mayUse(new URL(issuer), allowed)
      ? []
      : ['OIDC_ISSUER must start with https://, unless it is an address on this machine or in FETCH_ALLOW_CIDRS']),
  ];
}

interface MailIssuers {
  readonly MAIL_GOOGLE_ISSUER: string;
  readonly MAIL_MICROSOFT_ISSUER: string;
  readonly FETCH_ALLOW_CIDRS: readonly string[];
}

/** The same of the providers that mail accounts are connected at: tokens must not cross the network in the open. */
export function mailIssuerProblems({ FETCH_ALLOW_CIDRS: allowed, ...issuers }: MailIssuers): string[] {
  return (['MAIL_GOOGLE_ISSUER', 'MAIL_MICROSOFT_ISSUER'] as const)
    .filter((name) => !mayUse(new URL(issuers[name]), allowed))
    .map((name) => `${name} must start with https://, unless it is an address on this machine or in FETCH_ALLOW_CIDRS`);
}

/** Who can read what the provider says could log in as anybody. */
function mayUse({ protocol, hostname }: URL, allowed: readonly string[]): boolean {
  if (protocol === 'https:' || hostname === 'localhost') return true;
  const host = hostname.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(host)) return false;
  const address = ipaddr.process(host);
  if (address.range() === 'loopback') return true;
  return allowed.some((range) => {
    const [base, bits] = ipaddr.parseCIDR(range);
    return base.kind() === address.kind() && address.match(base, bits);
  });
}
