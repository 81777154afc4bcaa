import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { RuleViolation } from '../../domain/errors.js';
import { linkBase, readLinkDomain } from '../../domain/link-domain.js';
import { audit } from '../../platform/audit/audit-trail.js';
import { systemActor } from '../../platform/auth/system-actor.js';
import { Clock } from '../../platform/clock.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { LinkHosts } from '../../platform/http/link-hosts.js';
import { LinkDomainProof } from './link-domain-proof.service.js';
import { SiteAddresses } from './site-addresses.service.js';

export interface LinkDomainColumns {
  readonly linkDomain: string | null;
  readonly linkDomainVerifiedAt: Date | null;
}

/** Set, and not verified when it was set. */
interface OpenDomain {
  readonly workspaceId: string;
  readonly id: string;
  readonly domain: string;
}

const VERIFIED_HOSTS = `/* all-workspaces: a request names a host before anybody knows whose it is */
  SELECT link_domain AS domain FROM projects WHERE link_domain_verified_at IS NOT NULL
  UNION SELECT link_domain FROM mailboxes WHERE link_domain_verified_at IS NOT NULL`;

const VERIFIED_ELSEWHERE = `/* all-workspaces: a host leads to one installation, and may be claimed by one of its teams alone */
  SELECT 1 FROM projects WHERE link_domain = $2 AND link_domain_verified_at IS NOT NULL AND workspace_id <> $1
  UNION ALL SELECT 1 FROM mailboxes WHERE link_domain = $2 AND link_domain_verified_at IS NOT NULL AND workspace_id <> $1 LIMIT 1`;

const DOMAIN_OF = 'SELECT link_domain AS domain FROM projects WHERE workspace_id = $1 AND id = $2 AND link_domain_verified_at IS NOT NULL';

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
    const own = config.ownHosts;
    hosts.readFrom(async () =>
      (await rows<{ domain: string }>(this.db, VERIFIED_HOSTS, [])).flatMap(({ domain }) => (own.includes(domain) ? [] : domain)),
    );
  }

  /** What links about a project begin with, whatever mailbox they leave from. */
  async baseOf(tx: Pick<EntityManager, 'query'>, workspaceId: string, projectId: string): Promise<string> {
    const found = await firstRow<{ domain: string | null }>(tx, DOMAIN_OF, [workspaceId, projectId]);
    return this.baseUnder(found?.domain ?? null);
  }

  /** The same where the verified domain is known already. */
  baseUnder(linkDomain: string | null): string {
    return linkBase(linkDomain, this.config.publicUrl);
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

  /**
   * Before a domain is written down, if one was given and verified. Whoever claims the same one in another workspace waits until this transaction ends.
   * @throws RuleViolation `link_domain_not_accepted` when links of another workspace stand under it
   */
  async claim(tx: EntityManager, workspaceId: string, columns: LinkDomainColumns | undefined): Promise<void> {
    const domain = columns?.linkDomainVerifiedAt ? columns.linkDomain : null;
    if (domain !== null && !(await isFree(tx, workspaceId, domain))) throw notAccepted(TAKEN);
  }

  /**
   * Tries one again that did not answer before, and notes in the audit trail that it does now. Whoever edits the row meanwhile
   * is not disturbed: its version stays.
   * @returns whether links stand under it now
   */
  async verify(tableOf: 'projects' | 'mailboxes', open: OpenDomain): Promise<boolean> {
    if (!(await this.proof.leadsHere(open.domain))) return false;
    const ours = await transact(this.db, async (tx) => {
      if (!(await isFree(tx, open.workspaceId, open.domain))) return false;
      const at = this.clock.now();
      const subject = tableOf === 'projects' ? 'project' : 'mailbox';
      if (!(await setVerified(tx, tableOf, { ...open, at }))) return true;
      await audit(tx, systemActor(open.workspaceId), {
        action: `${subject}.changed`,
        ...{ subjectId: open.id, at, details: { fields: ['linkDomainVerifiedAt'] } },
      });
      return true;
    });
    if (ours) this.changed();
    return ours;
  }

  private admit(given: string): string {
    const read = readLinkDomain(given);
    if (!read?.hostname.includes('.') || (read.hasPort && !this.proof.isInner(read.hostname))) throw notAccepted();
    try {
      this.sites.siteOf(`http://${read.domain}/`);
    } catch {
      throw notAccepted();
    }
    if (this.config.ownHosts.includes(read.domain)) throw notAccepted(OURS);
    return read.domain;
  }
}

/** In one order for all who claim it: the first one has it. */
async function isFree(tx: EntityManager, workspaceId: string, domain: string): Promise<boolean> {
  await rows(tx, `SELECT pg_advisory_xact_lock(hashtextextended('link domain ' || $1, 0))`, [domain]);
  return (await rows(tx, VERIFIED_ELSEWHERE, [workspaceId, domain])).length === 0;
}

/** Unless somebody has set another one, or verified it, meanwhile. */
async function setVerified(
  tx: EntityManager,
  table: 'projects' | 'mailboxes',
  { workspaceId, id, domain, at }: OpenDomain & { at: Date },
): Promise<boolean> {
  const set = await firstRow(
    tx,
    `UPDATE ${table} SET link_domain_verified_at = $4
      WHERE workspace_id = $1 AND id = $2 AND link_domain = $3 AND link_domain_verified_at IS NULL RETURNING id`,
    [workspaceId, id, domain, at],
  );
  return set !== undefined;
}

const BARE_NAME = 'Write a bare host name, as in links.your-domain.com: no https://, no path, no port.';
const OURS = 'The product itself is reached under this host: give links one of their own.';
const TAKEN = 'Links of another workspace stand under this host: give yours one of their own.';

function notAccepted(detail = BARE_NAME): RuleViolation {
  return RuleViolation.at('/linkDomain', 'link_domain_not_accepted', detail);
}
