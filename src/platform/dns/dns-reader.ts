import { Resolver } from 'node:dns/promises';

/**
 * What a name server says: the records, that there are none, or nothing that could be relied on. A look-up that failed is
 * never taken for a record that is missing.
 */
export type DnsAnswer<T> = { readonly is: 'found'; readonly records: readonly T[] } | { readonly is: 'absent' } | { readonly is: 'unknown' };

export interface MxRecord {
  readonly exchange: string;
  readonly priority: number;
}

const TIMEOUT_MS = 3000;
/** The name, or the kind of record, does not exist. All else is a fault of servers or of the way to them. */
const ABSENT: readonly string[] = ['ENODATA', 'ENOTFOUND'];
/** RFC 2606 and 6761: names that nobody can own, so that no server outside knows them. */
const NOBODYS = /(?:^|\.)(?:test|example|invalid|localhost|local|internal|home\.arpa)$/;

/** Reads records about mail. Asks the servers given, else those of the system. */
export class DnsReader {
  private readonly resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 });

  constructor(private readonly servers: readonly string[]) {
    if (servers.length > 0) this.resolver.setServers(servers);
  }

  /** Whether servers outside could know a name; one of our own may know any. */
  couldExist(name: string): boolean {
    return name.includes('.') && (this.servers.length > 0 || !NOBODYS.test(name));
  }

  /** Each record as one text, its parts joined (RFC 7208 section 3.3). */
  txt(name: string): Promise<DnsAnswer<string>> {
    return this.ask(name, async () => (await this.resolver.resolveTxt(name)).map((parts) => parts.join('')));
  }

  mx(name: string): Promise<DnsAnswer<MxRecord>> {
    return this.ask(name, () => this.resolver.resolveMx(name));
  }

  addresses(name: string): Promise<DnsAnswer<string>> {
    return this.ask(name, () => this.resolver.resolve4(name));
  }

  /** The names of an IP address. */
  namesOf(address: string): Promise<DnsAnswer<string>> {
    return this.ask('.', () => this.resolver.reverse(address));
  }

  private async ask<T>(name: string, look: () => Promise<readonly T[]>): Promise<DnsAnswer<T>> {
    if (name !== '.' && !this.couldExist(name)) return { is: 'unknown' };
    try {
      const records = await look();
      return records.length > 0 ? { is: 'found', records } : { is: 'absent' };
    } catch (error) {
      const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
      return ABSENT.includes(code) ? { is: 'absent' } : { is: 'unknown' };
    }
  }
}
