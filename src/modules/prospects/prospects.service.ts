import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type ObjectLiteral } from 'typeorm';
import { normaliseEmail } from '../../domain/email-address.js';
import { Conflict, NotFound, RuleViolation } from '../../domain/errors.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import { appendEvents } from '../../platform/events/outbox.js';
import type { IfVersion } from '../../platform/http/if-match.decorator.js';
import { newId } from '../../platform/ids.js';
import { SiteAddresses } from '../projects/site-addresses.service.js';
import { Contact, type LawfulBasis } from './contact.entity.js';
import { Prospect } from './prospect.entity.js';

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
export type ContactChanges = Omit<Partial<ContactInput>, 'email'>;

/** Sites and the people there. `ensure…` finds or makes, safe against two callers at once; what is known is never overwritten. */
@Injectable()
export class Prospects {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly sites: SiteAddresses,
  ) {}

  /**
   * The site of a URL, made when the workspace does not know it yet.
   * @throws RuleViolation `url_not_accepted`, `no_registrable_domain`; Conflict `external_ref_taken`
   */
  async ensure(tx: EntityManager, actor: Actor, input: ProspectInput): Promise<{ prospect: Prospect; created: boolean }> {
    const { workspaceId } = actor;
    const domain = this.sites.siteOf(input.url);
    const at = this.clock.now();
    const made = await insertNew(tx, Prospect, {
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
   * @throws NotFound for the site; RuleViolation `invalid_email`; Conflict `external_ref_taken`
   */
  async ensureContact(tx: EntityManager, actor: Actor, prospectId: string, input: ContactInput): Promise<{ contact: Contact; created: boolean }> {
    const { workspaceId } = actor;
    const { email, ...details } = input;
    const emailKey = normaliseEmail(email);
    if (emailKey === undefined) throw invalidEmail();
    if (!(await tx.existsBy(Prospect, { workspaceId, id: prospectId }))) throw new NotFound('prospect');
    const at = this.clock.now();
    const made = await insertNew(tx, Contact, { ...details, workspaceId, id: newId(), version: 1, email: email.trim(), emailKey, createdAt: at });
    const contact = await tx.findOneBy(Contact, { workspaceId, emailKey });
    if (!contact) throw externalRefTaken('contact');
    if (contact.erasedAt === null) await this.link(tx, workspaceId, prospectId, contact.id, at);
    if (made) await audit(tx, actor, { action: 'contact.created', subjectId: contact.id, at, details: { prospectId } });
    return { contact, created: made };
  }

  create(actor: Actor, input: ProspectInput): Promise<{ prospect: Prospect; created: boolean }> {
    return transact(this.db, (tx) => this.ensure(tx, actor, input));
  }

  createContact(actor: Actor, prospectId: string, input: ContactInput): Promise<{ contact: Contact; created: boolean }> {
    return transact(this.db, (tx) => this.ensureContact(tx, actor, prospectId, input));
  }

  /** @throws NotFound */
  async get(actor: Actor, id: string): Promise<Prospect> {
    const prospect = await this.db.manager.findOneBy(Prospect, { workspaceId: actor.workspaceId, id });
    if (!prospect) throw new NotFound('prospect');
    return prospect;
  }

  /** @throws NotFound, VersionMismatch */
  async change(actor: Actor, id: string, changes: ProspectChanges, ifVersion: IfVersion): Promise<Prospect> {
    const { name, tags, country, externalRef } = changes;
    await this.changeAny(actor, { table: 'prospects', thing: 'prospect', id, ifVersion }, { name, tags, country, external_ref: externalRef });
    return this.get(actor, id);
  }

  /** @throws NotFound */
  async getContact(actor: Actor, id: string): Promise<Contact> {
    const contact = await this.db.manager.findOneBy(Contact, { workspaceId: actor.workspaceId, id });
    if (!contact) throw new NotFound('contact');
    return contact;
  }

  /** @throws NotFound, VersionMismatch, Conflict `contact_erased` */
  async changeContact(actor: Actor, id: string, changes: ContactChanges, ifVersion: IfVersion): Promise<Contact> {
    const { erasedAt } = await this.getContact(actor, id);
    if (erasedAt !== null) throw new Conflict('contact_erased', 'This person was erased; nothing can be stored about them.');
    const { firstName, lastName, role, timeZone, country, sourceUrl, lawfulBasis, externalRef } = changes;
    const set = { first_name: firstName, last_name: lastName, role, time_zone: timeZone, country };
    const rest = { source_url: sourceUrl, lawful_basis: lawfulBasis, external_ref: externalRef };
    await this.changeAny(actor, { table: 'contacts', thing: 'contact', id, ifVersion }, { ...set, ...rest });
    return this.getContact(actor, id);
  }

  private changeAny(
    actor: Actor,
    row: { readonly table: string; readonly thing: string; readonly id: string; readonly ifVersion: IfVersion },
    set: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const fields = Object.keys(set).filter((name) => set[name] !== undefined);
    return transact(this.db, async (tx) => {
      await changeRow(tx, { ...row, workspaceId: actor.workspaceId }, set);
      await audit(tx, actor, { action: `${row.thing}.changed`, subjectId: row.id, at: this.clock.now(), details: { fields } });
    });
  }

  private async link(tx: EntityManager, workspaceId: string, prospectId: string, contactId: string, at: Date): Promise<void> {
    await rows(
      tx,
      'INSERT INTO prospect_contacts (workspace_id, prospect_id, contact_id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [workspaceId, prospectId, contactId, at],
    );
  }
}

/**
 * Whether the row was made. Any unique key may stop it, not only the one that is looked for: naming one would let two
 * equal requests at once fail on the other.
 */
async function insertNew(tx: EntityManager, entity: typeof Prospect | typeof Contact, row: ObjectLiteral): Promise<boolean> {
  const insert = tx.createQueryBuilder().insert().into<ObjectLiteral>(entity).values(row);
  const { raw } = await insert.orIgnore().updateEntity(false).returning('id').execute();
  return (raw as unknown[]).length > 0; // rows of RETURNING
}

function externalRefTaken(thing: string): Conflict {
  return new Conflict('external_ref_taken', `Another ${thing} has this externalRef already.`, {
    errors: [{ pointer: '/externalRef', detail: 'is taken' }],
  });
}

function invalidEmail(): RuleViolation {
  const detail = 'This is no e-mail address that could be written to.';
  return new RuleViolation('invalid_email', detail, { errors: [{ pointer: '/email', detail }] });
}
