import { Injectable } from '@nestjs/common';
import { createPublicKey } from 'node:crypto';
import type { Known, SenderFacts } from '../../../domain/domain-readiness.js';
import { type DmarcRecord, dkimKeyOf, isDmarc, isSpf, readDmarc, readSpf, SPF_LOOKUPS_READ } from '../../../domain/sender-records.js';
import { type DnsAnswer, DnsReader } from '../../../platform/dns/dns-reader.js';
import { siteKeyOf } from '../../../platform/web-fetch/registrable-domain.js';

/** Selectors of providers of mail, tried when ours is not known. */
const USUAL_SELECTORS = ['google', 'selector1', 'selector2', 'default', 'dkim', 'mail', 's1', 's2', 'k1', 'fm1', 'zoho', 'protonmail'];

/** The domain that somebody registered, of which others are a part; itself when nobody can own it. */
export function primaryDomainOf(domain: string): string {
  return siteKeyOf(`https://${domain}`) ?? domain;
}

/** Gathers what DNS says of a sender's domain. */
@Injectable()
export class SenderDns {
  constructor(private readonly dns: DnsReader) {}

  async read(domain: string, smtpHost: string, selector: string | null): Promise<SenderFacts> {
    const [spf, dkim, dmarc, mx, ptr] = await Promise.all([
      this.spf(domain),
      this.dkim(domain, selector),
      this.dmarc(domain),
      this.mx(domain),
      this.ptr(smtpHost),
    ]);
    return { domain, ...spf, dkim, dmarc, mx, ptr };
  }

  private async spf(domain: string): Promise<Pick<SenderFacts, 'spf' | 'spfLookups'>> {
    const found = only(await this.dns.txt(domain), isSpf);
    const [record] = found.is === 'found' ? found.value : [];
    return { spf: found, spfLookups: record === undefined ? 0 : await this.lookupsOf(record, new Set([domain])) };
  }

  /** Those of the records that it includes count too; a circle ends, and so does what needs far too many. */
  private async lookupsOf(record: string, seen: Set<string>): Promise<number> {
    let count = 0;
    for (const { kind, name } of readSpf(record).lookups) {
      count += 1;
      if (kind === 'other' || seen.has(name) || seen.size > SPF_LOOKUPS_READ) continue;
      seen.add(name);
      const found = only(await this.dns.txt(name), isSpf);
      if (found.is === 'found') count += await this.lookupsOf(found.value[0] ?? '', seen);
    }
    return count;
  }

  /** Of a selector that is only guessed, nothing found proves nothing. */
  private async dkim(domain: string, selector: string | null): Promise<SenderFacts['dkim']> {
    const tried = selector === null ? USUAL_SELECTORS : [selector];
    const found = await Promise.all(tried.map((one) => this.dns.txt(`${one}._domainkey.${domain}`)));
    const keys = found.flatMap((answer, at) => {
      const key = answer.is === 'found' ? dkimKeyOf(answer.records[0] ?? '') : undefined;
      return key === undefined ? [] : [{ selector: tried[at] ?? '', bits: key === null ? null : bitsOf(key) }];
    });
    const [best] = keys.sort((one, other) => (other.bits ?? 0) - (one.bits ?? 0));
    if (best) return { is: 'found', value: best };
    return selector !== null && found.every(({ is }) => is !== 'unknown') ? { is: 'absent' } : { is: 'unknown' };
  }

  /** Of the domain, else of the one above it (RFC 7489 section 6.6.3). */
  private async dmarc(domain: string): Promise<Known<DmarcRecord>> {
    for (const name of new Set([domain, primaryDomainOf(domain)])) {
      const found = only(await this.dns.txt(`_dmarc.${name}`), isDmarc);
      if (found.is === 'unknown') return found;
      if (found.is === 'found') return { is: 'found', value: readDmarc(found.value[0] ?? '') };
    }
    return { is: 'absent' };
  }

  private async mx(domain: string): Promise<SenderFacts['mx']> {
    const mx = await this.dns.mx(domain);
    if (mx.is !== 'found') return mx;
    return { is: 'found', value: mx.records.every(({ exchange }) => exchange === '' || exchange === '.') ? 'takes_none' : 'takes_mail' };
  }

  private async ptr(host: string): Promise<Known<boolean>> {
    const addresses = await this.dns.addresses(host);
    const [address] = addresses.is === 'found' ? addresses.records : [];
    if (address === undefined) return { is: 'unknown' };
    const names = await this.dns.namesOf(address);
    if (names.is === 'unknown') return names;
    const back = await Promise.all((names.is === 'found' ? names.records : []).map((name) => this.dns.addresses(name)));
    return { is: 'found', value: back.some((one) => one.is === 'found' && one.records.includes(address)) };
  }
}

function only(answer: DnsAnswer<string>, wanted: (text: string) => boolean): Known<readonly string[]> {
  if (answer.is !== 'found') return answer;
  const value = answer.records.filter(wanted);
  return value.length > 0 ? { is: 'found', value } : { is: 'absent' };
}

/** Bits of an RSA key; an Ed25519 key is as good as a long one. Null when nobody can read it. */
function bitsOf(key: string): number | null {
  const der = Buffer.from(key, 'base64');
  if (der.length === 32) return 2048;
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' }).asymmetricKeyDetails?.modulusLength ?? null;
  } catch {
    return null;
  }
}
