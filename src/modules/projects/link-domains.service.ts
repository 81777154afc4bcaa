import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { RuleViolation } from '../../domain/errors.js';
import { linkBase, readLinkDomain } from '../../domain/link-domain.js';
import { Clock } from '../../platform/clock.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { LinkHosts } from '../../platform/http/link-hosts.js';
import { LinkDomainProof } from './link-domain-proof.service.js';
import { SiteAddresses } from './site-addresses.service.js';

export interface LinkDomainColumns {
  readonly linkDomain: string | null;
  readonly linkDomainVerifiedAt: Date | null;
}

const VERIFIED_HOSTS = `/* all-workspaces: a request names a host before anybody knows whose it is */
  SELECT link_domain AS domain FROM projects WHERE link_domain_verified_at IS NOT NULL
  UNION SELECT link_domain FROM mailboxes WHERE link_domain_verified_at IS NOT NULL`;

/** The mailbox's own goes before that of the project. */
const DOMAIN_OF = `
  SELECT COALESCE(
    (SELECT link_domain FROM mailboxes WHERE workspace_id = $1 AND id = $2 AND link_domain_verified_at IS NOT NULL),
    (SELECT link_domain FROM projects WHERE workspace_id = $1 AND id = $3 AND link_domain_verified_at IS NOT NULL)) AS domain`;

/** Domains of a team that links in its mails stand under, in place of PUBLIC_URL. */
@Injectable()
export class LinkDomains {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly hosts: LinkHosts,
    private readonly proof: LinkDomainProof,
    private readonly sites: SiteAddresses,
  ) {
    hosts.readFrom(async () => (await rows<{ domain: string }>(this.db, VERIFIED_HOSTS, [])).map(({ domain }) => domain));
  }

  /** What links in a mail begin with. */
  async baseOf(
    workspaceId: string,
    { mailboxId, projectId }: { readonly mailboxId: string | null; readonly projectId: string | null },
  ): Promise<string> {
    if ((await this.hosts.all()).size === 0) return this.config.publicUrl;
    const found = await firstRow<{ domain: string | null }>(this.db, DOMAIN_OF, [workspaceId, mailboxId, projectId]);
    return linkBase(found?.domain ?? null, this.config.publicUrl);
  }

  /**
   * What a given domain becomes, tried now: set anew, it is verified anew. Asks the network: call it before the transaction.
   * @throws RuleViolation `link_domain_not_accepted`
   */
  async columnsOf(given: string | null): Promise<LinkDomainColumns> {
    if (given === null) return { linkDomain: null, linkDomainVerifiedAt: null };
    const linkDomain = this.admit(given);
    return { linkDomain, linkDomainVerifiedAt: (await this.proof.leadsHere(linkDomain)) ? this.clock.now() : null };
  }

  /** Call it when a change of theirs was committed. */
  changed(): void {
    this.hosts.forget();
  }

  /** Tries one again that did not answer before. @returns whether it does now */
  async verify(
    tableOf: 'projects' | 'mailboxes',
    { workspaceId, id, domain }: { readonly workspaceId: string; readonly id: string; readonly domain: string },
  ): Promise<boolean> {
    if (!(await this.proof.leadsHere(domain))) return false;
    await setVerified(this.db.manager, tableOf, { workspaceId, id, domain, at: this.clock.now() });
    this.changed();
    return true;
  }

  private admit(given: string): string {
    const read = readLinkDomain(given);
    if (!read?.hostname.includes('.') || (read.hasPort && !this.proof.isInner(read.hostname))) throw notAccepted();
    try {
      this.sites.siteOf(`http://${read.domain}/`);
    } catch {
      throw notAccepted();
    }
    return read.domain;
  }
}

/** Unless somebody has set another one meanwhile. */
async function setVerified(
  tx: Pick<EntityManager, 'query'>,
  table: 'projects' | 'mailboxes',
  { workspaceId, id, domain, at }: { readonly workspaceId: string; readonly id: string; readonly domain: string; readonly at: Date },
): Promise<void> {
  await rows(tx, `UPDATE ${table} SET link_domain_verified_at = $4, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND link_domain = $3`, [
    ...[workspaceId, id, domain, at],
  ]);
}

function notAccepted(): RuleViolation {
  const detail = 'Write a bare host name, as in links.your-domain.com: no https://, no path, no port.';
  return RuleViolation.at('/linkDomain', 'link_domain_not_accepted', detail);
}
