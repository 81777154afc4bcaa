import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { normaliseEmail } from '../../domain/email-address.js';
import { Conflict, NotFound, RuleViolation } from '../../domain/errors.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { creationKey } from '../../platform/database/creation-order.js';
import { insertIfNew } from '../../platform/database/insert-if-new.js';
import { rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import { findByKey } from '../../platform/database/find-by-key.js';
import { appendEvents } from '../../platform/events/outbox.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import type { PageQuery, SearchQuery } from '../../platform/http/lists/page-query.dto.js';
import { type Page, page, readPage } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import { siteKeyOf } from '../../platform/web-fetch/registrable-domain.js';
import { Suppressions } from '../suppressions/suppressions.service.js';
import { SiteAddresses } from '../projects/site-addresses.service.js';
import { withLastContactInside } from './catalogue-border.queries.js';
import { Contact, type LawfulBasis } from './contact.entity.js';
import { Prospect } from './prospect.entity.js';
import { listProspects, PROSPECT_LIST } from './prospects.queries.js';
import { listTimeline, TIMELINE, type TimelineRow } from './timeline.queries.js';

export interface ProspectInput {
  readonly url: string;
  readonly name?: string | null | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly country?: string | null | undefined;
  readonly externalRef?: string | null | undefined;
}
export type ProspectChanges = Omit<Partial<ProspectInput>, 'url'>;

export interface ContactInput {
  readonly email: string;
  readonly firstName?: string | null | undefined;
  readonly lastName?: string | null | undefined;
  readonly role?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly country?: string | null | undefined;
  readonly sourceUrl?: string | null | undefined;
  readonly lawfulBasis?: LawfulBasis | null | undefined;
  readonly externalRef?: string | null | undefined;
}

/** Sites and the people there. `ensure…` finds or makes, safe against two callers at once; what is known is never overwritten. */
@Injectable()
export class Prospects {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly sites: SiteAddresses,
    private readonly suppressions: Suppressions,
  ) {}

  /**
   * The site of a URL, made when the workspace does not know it yet.
   * @throws RuleViolation `url_not_accepted`, `no_registrable_domain`; Conflict `external_ref_taken`
   */
  async ensure(tx: EntityManager, actor: Actor, input: ProspectInput): Promise<{ prospect: Prospect; created: boolean }> {
    const { workspaceId } = actor;
    const domain = this.sites.siteOf(input.url);
    const at = this.clock.now();
    const made = await insertIfNew(tx, Prospect, {
      workspaceId,
      id: newId(),
      version: 1,
      domain,
      url: input.url,
      name: input.name ?? null,
      country: input.country ?? null,
      tags: input.tags ?? [],
      condition: 'ok',
      externalRef: input.externalRef ?? null,
      createdAt: at,
    });
    const prospect = await tx.findOneBy(Prospect, { workspaceId, domain });
    if (!prospect) throw externalRefTaken('prospect');
    if (made) {
      await audit(tx, actor, { action: 'prospect.created', subjectId: prospect.id, at });
      const { externalRef } = prospect;
      const data = { object: { type: 'prospect', id: prospect.id, domain }, ...(externalRef !== null && { externalRef }) };
      await appendEvents(tx, [{ workspaceId, type: 'prospect.created', at, projectId: null, campaignId: null, opportunityId: null, data }]);
    }
    return { prospect, created: made };
  }

  /**
   * The person behind an address, linked to the site. Someone who was erased is not brought back.
   * @throws NotFound for the site; RuleViolation `invalid_email`; Conflict `external_ref_taken`, `contact_erased`
   */
  async ensureContact(tx: EntityManager, actor: Actor, prospectId: string, input: ContactInput): Promise<{ contact: Contact; created: boolean }> {
    const { workspaceId } = actor;
    const { email, ...details } = input;
    const emailKey = normaliseEmail(email);
    if (emailKey === undefined) throw invalidEmail();
    if (!(await tx.existsBy(Prospect, { workspaceId, id: prospectId }))) throw new NotFound('prospect');
    if (await this.suppressions.wasErased(tx, workspaceId, emailKey)) {
      throw new Conflict('contact_erased', 'This person was erased: nothing can be stored about them.');
    }
    const at = this.clock.now();
    const made = await insertIfNew(tx, Contact, { ...details, workspaceId, id: newId(), version: 1, email: email.trim(), emailKey, createdAt: at });
    const known = await tx.findOneBy(Contact, { workspaceId, emailKey });
    // an address of somebody who was merged is that person's
    const contact = known?.mergedIntoId ? await tx.findOneBy(Contact, { workspaceId, id: known.mergedIntoId }) : known;
    if (!contact) throw externalRefTaken('contact');
    if (contact.erasedAt === null) {
      await rows(
        tx,
        'INSERT INTO prospect_contacts (workspace_id, prospect_id, contact_id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
        [workspaceId, prospectId, contact.id, at],
      );
    }
    if (made) await audit(tx, actor, { action: 'contact.created', subjectId: contact.id, at, details: { prospectId } });
    return { contact, created: made };
  }

  /**
   * Whether a URL may stand for a site. May ask a name server: call it before the transaction of `ensure`.
   * @throws RuleViolation `url_not_accepted`, `no_registrable_domain`
   */
  async admit(url: string): Promise<void> {
    await this.sites.admit(url);
  }

  async create(actor: Actor, input: ProspectInput): Promise<{ prospect: Prospect; created: boolean }> {
    await this.admit(input.url);
    const { prospect, created } = await transact(this.db, (tx) => this.ensure(tx, actor, input));
    return { prospect: await this.asSeenBy(actor, prospect), created };
  }

  createContact(actor: Actor, prospectId: string, input: ContactInput): Promise<{ contact: Contact; created: boolean }> {
    return transact(this.db, (tx) => this.ensureContact(tx, actor, prospectId, input));
  }

  /** @throws NotFound */
  async get(actor: Actor, id: string): Promise<Prospect> {
    const prospect = await findByKey(this.db, Prospect, { workspaceId: actor.workspaceId, id });
    if (!prospect) throw new NotFound('prospect');
    return this.asSeenBy(actor, prospect);
  }

  async list(actor: Actor, query: SearchQuery): Promise<Page<Prospect>> {
    const asked = readPage(query, PROSPECT_LIST);
    const { domain } = asked.filters;
    const filters = { ...asked.filters, ...(domain && { domain: domain.map((one) => siteKeyOf(`https://${one}`) ?? one) }) };
    const found = await listProspects(this.db.manager, actor, { ...asked, filters });
    const cut = page(found, asked.limit, creationKey, asked.sort);
    return { ...cut, data: await withLastContactInside(this.db.manager, actor, 'prospects', cut.data) };
  }

  /** @throws NotFound, VersionMismatch */
  async change(actor: Actor, id: string, changes: ProspectChanges, ifVersion: IfVersion): Promise<Prospect> {
    const { name, tags, country, externalRef } = changes;
    await transact(this.db, async (tx) => {
      const row = { table: 'prospects', thing: 'prospect', workspaceId: actor.workspaceId, id, ifVersion };
      await changeRow(tx, row, { name, tags, country, external_ref: externalRef });
      await audit(tx, actor, { action: 'prospect.changed', subjectId: id, at: this.clock.now(), details: { fields: Object.keys(changes) } });
    });
    return this.get(actor, id);
  }

  /** What happened at the site, the newest first (F12). @throws NotFound */
  async timeline(actor: Actor, id: string, query: PageQuery): Promise<Page<TimelineRow>> {
    const list = readPage(query, TIMELINE);
    await this.get(actor, id);
    const found = await listTimeline(this.db.manager, actor, id, list);
    return page(found, list.limit, (row) => [row.at.toISOString(), row.id], list.sort);
  }

  private async asSeenBy(actor: Actor, prospect: Prospect): Promise<Prospect> {
    const [seen] = await withLastContactInside(this.db.manager, actor, 'prospects', [prospect]);
    return seen ?? prospect;
  }
}

function externalRefTaken(thing: string): Conflict {
  return new Conflict('external_ref_taken', `Another ${thing} has this externalRef already.`, {
    errors: [{ pointer: '/externalRef', detail: 'is taken' }],
  });
}

function invalidEmail(): RuleViolation {
  return RuleViolation.at('/email', 'invalid_email', 'This is no e-mail address that could be written to.');
}
