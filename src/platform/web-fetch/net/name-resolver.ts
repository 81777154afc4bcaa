import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { NameNotResolved } from './fetch-refusal.js';

const DNS_TIMEOUT_MS = 3000;

/** Turns a host of a URL into all of its addresses. */
export class NameResolver {
  private readonly resolver: Resolver | undefined;

  /**
   * @param servers  `address` or `address:port` of DNS servers to ask; empty asks the system, hosts file included, which
   *                 does only a few look-ups at a time
   */
  constructor(servers: readonly string[]) {
    if (servers.length === 0) return;
    this.resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 2 });
    this.resolver.setServers(servers);
  }

  /** @throws NameNotResolved */
  async addressesOf(host: string): Promise<readonly string[]> {
    const bare = host.replace(/^\[|\]$/g, '');
    if (isIP(bare) !== 0) return [bare];
    // RFC 6761 section 6.3: these never leave the machine
    if (/(^|\.)localhost\.?$/i.test(bare)) return ['127.0.0.1', '::1'];
    return this.resolver ? this.ask(this.resolver, bare) : this.askSystem(bare);
  }

  private async ask(resolver: Resolver, host: string): Promise<readonly string[]> {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const found = [...(v4.status === 'fulfilled' ? v4.value : []), ...(v6.status === 'fulfilled' ? v6.value : [])];
    if (found.length > 0) return found;
    throw new NameNotResolved(host, { cause: v4.status === 'rejected' ? v4.reason : undefined });
  }

  private async askSystem(host: string): Promise<readonly string[]> {
    try {
      return (await lookup(host, { all: true })).map(({ address }) => address);
    } catch (error) {
      throw new NameNotResolved(host, { cause: error });
    }
  }
}
