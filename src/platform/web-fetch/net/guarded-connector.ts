import { isIPv6, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { TargetGate } from './target-gate.js';

export interface ConnectorOptions {
  /** HTTP/2 is offered, and taken where the server speaks it. */
  readonly h2?: boolean;
  /** Certificates to trust instead of those that the machine does. */
  readonly ca?: readonly string[] | undefined;
}

/**
 * Opens connections for undici. Each resolves its host once, checks all answers, and is pinned to them, so that a name
 * cannot answer differently between check and use (DNS rebinding).
 */
export function guardedConnector(gate: TargetGate, connectTimeoutMs: number, { h2 = false, ca }: ConnectorOptions = {}): buildConnector.connector {
  return (options, callback) => {
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    gate.permittedAddresses(options.hostname, port).then(
      (addresses) => {
        const trusted = ca === undefined ? {} : { ca: [...ca] };
        buildConnector({ allowH2: h2, preferH2: h2, timeout: connectTimeoutMs, lookup: pinned(addresses), ...trusted })(options, callback);
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)), null);
      },
    );
  };
}

/** Answers with these addresses whatever the name. Not called for addresses in URLs: those were checked as they stand. */
export function pinned(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_host, options, callback) => {
    const first = answers[0];
    if (options.all || !first) callback(null, answers);
    else callback(null, first.address, first.family);
  };
}
