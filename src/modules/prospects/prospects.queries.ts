import type { EntityManager } from 'typeorm';
import type { Actor } from '../../platform/auth/actor.js';
import { CREATION_ORDER, rowsInCreationOrder, type CreationSort, type CreationStatement } from '../../platform/database/creation-order.js';
import { searchClause } from '../../platform/database/filter-clause.js';
import { firstRow } from '../../platform/database/sql.js';
import type { ListRequest } from '../../platform/http/lists/paging.js';
import { catalogueClause, peopleClause } from './catalogue-border.queries.js';
import type { Contact } from './contact.entity.js';
import type { Prospect } from './prospect.entity.js';

type Db = Pick<EntityManager, 'query'>;

export const PROSPECT_LIST = { ...CREATION_ORDER, filters: ['externalRef', 'domain', 'tag'] } as const;
export const CONTACT_LIST = { ...CREATION_ORDER, filters: ['email', 'prospectId', 'externalRef'] } as const;

type ProspectListRequest = ListRequest<(typeof PROSPECT_LIST.filters)[number], CreationSort>;

export function listProspects(db: Db, actor: Actor, list: ProspectListRequest): Promise<Prospect[]> {
  const { externalRef, domain, tag } = list.filters;
  const values: unknown[] = [actor.workspaceId, externalRef, domain, tag];
  const more = catalogueClause(actor, 'p.id', values) + searchClause(['p.name', 'p.domain'], list.search, values);
  const statement: CreationStatement = {
    sql: `SELECT p.id, p.version, p.domain, p.url, p.name, p.country, p.tags, p.condition, p.external_ref AS "externalRef",
                 p.last_contacted_at AS "lastContactedAt", p.created_at AS "createdAt" FROM prospects p
           WHERE p.workspace_id = $1 AND ($2::text[] IS NULL OR p.external_ref = ANY ($2)) AND ($3::text[] IS NULL OR p.domain = ANY ($3))
             AND ($4::text[] IS NULL OR p.tags && $4)${more}`,
    values,
    alias: 'p',
  };
  return rowsInCreationOrder(db, statement, list);
}

/** A contact with the sites it belongs to. */
export type ContactRow = Omit<Contact, 'workspaceId' | 'emailHash'> & { readonly prospectIds: string[] };

/** The sites of a person are narrowed as sites are. */
const contactColumns = (actor: Actor, values: unknown[]): string => `
  c.id, c.version, c.email, c.email_key AS "emailKey", c.first_name AS "firstName", c.last_name AS "lastName", c.role, c.time_zone AS "timeZone",
  c.country, c.source_url AS "sourceUrl", c.lawful_basis AS "lawfulBasis", c.external_ref AS "externalRef",
  c.consent_override_at AS "consentOverrideAt", c.consent_override_by AS "consentOverrideBy", c.undeliverable_at AS "undeliverableAt",
  c.last_contacted_at AS "lastContactedAt", c.erased_at AS "erasedAt", c.merged_into_id AS "mergedIntoId", c.created_at AS "createdAt",
  ARRAY(SELECT pc.prospect_id FROM prospect_contacts pc WHERE pc.workspace_id = $1 AND pc.contact_id = c.id
    ${catalogueClause(actor, 'pc.prospect_id', values)} ORDER BY pc.created_at, pc.prospect_id) AS "prospectIds"`;

export function findContact(db: Db, actor: Actor, id: string): Promise<ContactRow | undefined> {
  const values: unknown[] = [actor.workspaceId, id];
  const columns = contactColumns(actor, values);
  return firstRow(db, `SELECT ${columns} FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2`, values);
}

export function listContacts(db: Db, actor: Actor, list: ListRequest<(typeof CONTACT_LIST.filters)[number], CreationSort>): Promise<ContactRow[]> {
  const { email, prospectId, externalRef } = list.filters;
  const values: unknown[] = [actor.workspaceId, email, externalRef, prospectId];
  const columns = contactColumns(actor, values);
  const more = peopleClause(actor, 'c.id', values) + searchClause(['c.email', 'c.first_name', 'c.last_name'], list.search, values);
  const statement: CreationStatement = {
    sql: `SELECT ${columns} FROM contacts c
           WHERE c.workspace_id = $1 AND c.merged_into_id IS NULL AND ($2::text[] IS NULL OR c.email_key = ANY ($2)
               OR c.id IN (SELECT merged_into_id FROM contacts WHERE workspace_id = $1 AND email_key = ANY ($2))) AND ($3::text[] IS NULL OR c.external_ref = ANY ($3))
             AND ($4::text[] IS NULL OR c.id IN (SELECT contact_id FROM prospect_contacts WHERE workspace_id = $1 AND prospect_id::text = ANY ($4)))${more}`,
    values,
    alias: 'c',
  };
  return rowsInCreationOrder(db, statement, list);
}
