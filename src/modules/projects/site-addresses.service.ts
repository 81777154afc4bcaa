import { Injectable } from '@nestjs/common';
import { RuleViolation } from '../../domain/errors.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { AddressGuard } from '../../platform/web-fetch/net/address-guard.js';
import { fetchableUrl } from '../../platform/web-fetch/net/fetch-refusal.js';
import { NameResolver } from '../../platform/web-fetch/net/name-resolver.js';
import { siteKeyOf } from '../../platform/web-fetch/registrable-domain.js';

/** Which website an address belongs to, under the settings of this installation. */
@Injectable()
export class SiteAddresses {
  private readonly guard: AddressGuard;
  private readonly intranet: boolean;
  private readonly names: NameResolver;

  constructor(config: AppConfig) {
    this.guard = new AddressGuard({ allowCidrs: config.FETCH_ALLOW_CIDRS, forbiddenPorts: config.ownPorts });
    this.intranet = config.FETCH_ALLOW_CIDRS.length > 0;
    this.names = new NameResolver(config.DNS_SERVERS);
  }

  /**
   * `siteOf` for an address that somebody gives: a name of one label must also lead into FETCH_ALLOW_CIDRS. May ask a name
   * server: call it outside of the transaction.
   * @throws as `siteOf`
   */
  async admit(url: string): Promise<string> {
    const site = this.siteOf(url);
    const host = new URL(url).hostname.replace(/\.$/, '');
    if (/[.:]/.test(host) || (await this.leadsInside(host))) return site;
    throw noDomain();
  }

  /**
   * The registrable domain in punycode (F2), or `host:port` of an inner site that FETCH_ALLOW_CIDRS opens. Asks no name server.
   * @throws RuleViolation `url_not_accepted`, `no_registrable_domain`, both pointing at `/url`
   */
  siteOf(url: string): string {
    if (!fetchableUrl(url)) {
      throw RuleViolation.at('/url', 'url_not_accepted', 'Write an address that begins with http:// or https://, without a user name and password.');
    }
    const site = siteKeyOf(url, { allowedInnerHost: (host) => this.isInnerSite(host) });
    if (site === undefined) throw noDomain();
    return site;
  }

  private async leadsInside(host: string): Promise<boolean> {
    const addresses = await this.names.addressesOf(host).catch(() => []);
    return addresses.some((address) => this.guard.opens(address));
  }

  /** Where a name of one label leads, `admit` has looked at, and every fetch does again. */
  private isInnerSite(host: string): boolean {
    return host.includes('.') || host.includes(':') ? this.guard.opens(host) : this.intranet;
  }
}

function noDomain(): RuleViolation {
  return RuleViolation.at('/url', 'no_registrable_domain', 'This address has no domain that somebody could have registered.');
}
