import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { normaliseEmail } from '../../domain/email-address.js';
import { Conflict, NotFound } from '../../domain/errors.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { creationKey } from '../../platform/database/creation-order.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import type { SearchQuery } from '../../platform/http/lists/page-query.dto.js';
import { type Page, page, readPage } from '../../platform/http/lists/paging.js';
import { wake } from '../../platform/jobs/work-loops.js';
import { leaveNote } from '../pipeline/left-for-people.service.js';
import { Suppressions } from '../suppressions/suppressions.service.js';
import { withLastContactInside } from './catalogue-border.queries.js';
import { CONTACT_LIST, type ContactRow, findContact, listContacts } from './prospects.queries.js';
import type { ContactInput } from './prospects.service.js';

/** A contact as people see it. */
export type ContactView = ContactRow & { readonly suppressed: boolean };

/** Reads and changes the people at sites; `Prospects.ensureContact` makes them. */
@Injectable()
export class Contacts {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly suppressions: Suppressions,
  ) {}

  /** @throws NotFound */
  async get(actor: Actor, id: string): Promise<ContactView> {
    const found = await findContact(this.db.manager, actor, id);
    const [contact] = await this.asSeenBy(actor, found ? [found] : []);
    if (!contact) throw new NotFound('contact');
    return contact;
  }

  /** @param prospectId  only those of this site */
  async list(actor: Actor, query: SearchQuery, prospectId?: string): Promise<Page<ContactView>> {
    const asked = readPage(query, CONTACT_LIST);
    const { email } = asked.filters;
    const filters = {
      ...asked.filters,
      ...(email && { email: email.map((one) => normaliseEmail(one) ?? one) }),
      ...(prospectId !== undefined && { prospectId: [prospectId] }),
    };
    const found = await listContacts(this.db.manager, actor, { ...asked, filters });
    const cut = page(found, asked.limit, creationKey, asked.sort);
    return { ...cut, data: await this.asSeenBy(actor, cut.data) };
  }

  /** @throws NotFound, VersionMismatch, Conflict `contact_erased`, `contact_merged` */
  async change(actor: Actor, id: string, changes: Omit<Partial<ContactInput>, 'email'>, ifVersion: IfVersion): Promise<ContactView> {
    requireKept(await this.get(actor, id));
    const { firstName, lastName, role, timeZone, country, sourceUrl, lawfulBasis, externalRef } = changes;
    const set = {
      ...{ first_name: firstName, last_name: lastName, role, time_zone: timeZone, country },
      ...{ source_url: sourceUrl, lawful_basis: lawfulBasis, external_ref: externalRef },
    };
    await transact(this.db, async (tx) => {
      await changeRow(tx, { table: 'contacts', thing: 'contact', workspaceId: actor.workspaceId, id, ifVersion }, set);
      await audit(tx, actor, { action: 'contact.changed', subjectId: id, at: this.clock.now(), details: { fields: Object.keys(changes) } });
    });
    return this.get(actor, id);
  }

  /**
   * Lets mail go to one person though the law of their country asks for consent (F86). The reason is kept as a note, since the
   * audit log holds no texts; said again, the later one counts.
   * @throws NotFound, Conflict `contact_erased`, `contact_merged`
   */
  async overrideConsent(actor: Actor, id: string, reason: string): Promise<ContactView> {
    const { workspaceId, memberId } = actor;
    requireKept(await this.get(actor, id));
    await transact(this.db, async (tx) => {
      const at = this.clock.now();
      const set = { consent_override_at: at, consent_override_by: memberId };
      await changeRow(tx, { table: 'contacts', thing: 'contact', workspaceId, id, ifVersion: '*' }, set);
      const noteId = await leaveNote(tx, workspaceId, { subjectType: 'contact', subjectId: id, authorId: memberId, text: reason, at });
      await audit(tx, actor, { action: 'contact.consent_overridden', subjectId: id, at, details: { noteId } });
      await wake(tx, 'plan');
    });
    return this.get(actor, id);
  }

  private async asSeenBy(actor: Actor, found: readonly ContactRow[]): Promise<ContactView[]> {
    const contacts = await withLastContactInside(this.db.manager, actor, 'contacts', found);
    const emailKeys = contacts.map((contact) => contact.emailKey);
    const suppressed = await this.suppressions.findAll(this.db.manager, actor.workspaceId, { emailKeys });
    return contacts.map((contact) => ({ ...contact, suppressed: contact.erasedAt !== null || suppressed.has(contact.emailKey) }));
  }
}

function requireKept({ erasedAt, mergedIntoId }: Pick<ContactRow, 'erasedAt' | 'mergedIntoId'>): void {
  if (erasedAt !== null) throw new Conflict('contact_erased', 'This person was erased: nothing can be stored about them.');
  if (mergedIntoId !== null) throw new Conflict('contact_merged', 'This contact is part of another one.', { mergedIntoId });
}
