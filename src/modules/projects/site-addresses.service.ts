import { Injectable } from '@nestjs/common';
import { RuleViolation } from '../../domain/errors.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { AddressGuard } from '../../platform/web-fetch/address-guard.js';
import { fetchableUrl } from '../../platform/web-fetch/fetch-refusal.js';
import { siteKeyOf } from '../../platform/web-fetch/registrable-domain.js';

/** Which website an address belongs to, under the settings of this installation. Asks no name server. */
@Injectable()
export class SiteAddresses {
  private readonly guard: AddressGuard;
  private readonly intranet: boolean;

  constructor(config: AppConfig) {
    this.guard = new AddressGuard({ allowCidrs: config.FETCH_ALLOW_CIDRS, forbiddenPorts: [] });
    this.intranet = config.FETCH_ALLOW_CIDRS.length > 0;
  }

  /**
   * The registrable domain in punycode (F2), or `host:port` of an inner site that FETCH_ALLOW_CIDRS opens.
   * @throws RuleViolation `url_not_accepted`, `no_registrable_domain`, both pointing at `/url`
   */
  siteOf(url: string): string {
    if (!fetchableUrl(url)) {
      throw refuse('url_not_accepted', 'Only http and https addresses without a user name and password are taken.');
    }
    const site = siteKeyOf(url, { allowedInnerHost: (host) => this.isInnerSite(host) });
    if (site === undefined) throw refuse('no_registrable_domain', 'This address has no domain that somebody could have registered.');
    return site;
  }

  /** A name of one label cannot be judged without asking for its addresses: every fetch does that again anyway. */
  private isInnerSite(host: string): boolean {
    if (host === 'localhost') return this.guard.opens('127.0.0.1');
    return host.includes('.') || host.includes(':') ? this.guard.opens(host) : this.intranet;
  }
}

function refuse(code: string, detail: string): RuleViolation {
  return new RuleViolation(code, detail, { errors: [{ pointer: '/url', detail }] });
}
