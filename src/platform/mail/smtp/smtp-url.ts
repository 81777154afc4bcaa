import { AddressGuard } from '../../web-fetch/net/address-guard.js';

/** A mail server as an operator names it. */
export interface SmtpServerUrl {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. Otherwise STARTTLS, unless the server stands in an inner network. */
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
}

const SUBMISSIONS_PORT = 465;
const SUBMISSION_PORT = 587;

/** Reads `smtp://user:password@host:port`, or `smtps://…`; undefined when it is neither. */
export function readSmtpUrl(text: string): SmtpServerUrl | undefined {
  const url = URL.parse(text);
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') return undefined;
  const tls = url.protocol === 'smtps:';
  try {
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (tls ? SUBMISSIONS_PORT : SUBMISSION_PORT) : Number(url.port),
      tls,
      ...(url.username !== '' && { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }),
    };
  } catch {
    return undefined; // a % that is followed by no code
  }
}

const OUTSIDE = new AddressGuard({ allowCidrs: [], forbiddenPorts: [] });

/**
 * How to speak to it. A password or a token crosses the open network only inside TLS; a relay on this machine or in an inner network
 * often has none, or a certificate that nobody signed.
 * @param addresses  all that its name stands for
 */
export function securityTowards({ tls, port }: SmtpServerUrl, addresses: readonly string[]): 'tls' | 'starttls' | 'none' {
  if (tls) return 'tls';
  return addresses.every((address) => !OUTSIDE.permits(address, port)) ? 'none' : 'starttls';
}
