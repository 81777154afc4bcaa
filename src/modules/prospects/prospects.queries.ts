import type { EntityManager } from 'typeorm';
import { CREATION_ORDER, rowsInCreationOrder, type CreationSort, type CreationStatement } from '../../platform/database/creation-order.js';
import { searchClause } from '../../platform/database/filter-clause.js';
import { rows } from '../../platform/database/sql.js';
import type { ListRequest } from '../../platform/http/paging.js';
import type { Contact } from './contact.entity.js';
import type { Prospect } from './prospect.entity.js';

type Db = Pick<EntityManager, 'query'>;

export const PROSPECT_LIST = { ...CREATION_ORDER, filters: ['externalRef', 'domain', 'tag'] } as const;
export const CONTACT_LIST = { ...CREATION_ORDER, filters: ['email', 'prospectId', 'externalRef'] } as const;

type ProspectListRequest = ListRequest<(typeof PROSPECT_LIST.filters)[number], CreationSort>;

export function listProspects(db: Db, workspaceId: string, list: ProspectListRequest): Promise<Prospect[]> {
  const { externalRef, domain, tag } = list.filters;
  const values: unknown[] = [workspaceId, externalRef, domain, tag];
  const search = searchClause(['p.name', 'p.domain'], list.search, values);
  const statement: CreationStatement = {
    sql: `SELECT p.id, p.version, p.domain, p.url, p.name, p.country, p.tags, p.condition, p.external_ref AS "externalRef",
                 p.last_contacted_at AS "lastContactedAt", p.created_at AS "createdAt" FROM prospects p
           WHERE p.workspace_id = $1 AND ($2::text[] IS NULL OR p.external_ref = ANY ($2)) AND ($3::text[] IS NULL OR p.domain = ANY ($3))
             AND ($4::text[] IS NULL OR p.tags && $4)${search}`,
    values,
    alias: 'p',
  };
  return rowsInCreationOrder(db, statement, list);
}

/** A contact with the sites it belongs to. */
export type ContactRow = Omit<Contact, 'workspaceId'> & { readonly prospectIds: string[] };

const CONTACT_COLUMNS = `
  c.id, c.version, c.email, c.email_key AS "emailKey", c.first_name AS "firstName", c.last_name AS "lastName", c.role, c.time_zone AS "timeZone",
  c.country, c.source_url AS "sourceUrl", c.lawful_basis AS "lawfulBasis", c.external_ref AS "externalRef", c.undeliverable_at AS "undeliverableAt",
  c.last_contacted_at AS "lastContactedAt", c.erased_at AS "erasedAt", c.created_at AS "createdAt",
  ARRAY(SELECT pc.prospect_id FROM prospect_contacts pc WHERE pc.workspace_id = $1 AND pc.contact_id = c.id ORDER BY pc.created_at, pc.prospect_id) AS "prospectIds"`;

export function readContacts(db: Db, workspaceId: string, ids: readonly string[]): Promise<ContactRow[]> {
  return rows(db, `SELECT ${CONTACT_COLUMNS} FROM contacts c WHERE c.workspace_id = $1 AND c.id = ANY ($2)`, [workspaceId, ids]);
}

export function listContacts(
  db: Db,
  workspaceId: string,
  list: ListRequest<(typeof CONTACT_LIST.filters)[number], CreationSort>,
): Promise<ContactRow[]> {
  const { email, prospectId, externalRef } = list.filters;
  const values: unknown[] = [workspaceId, email, externalRef, prospectId];
  const search = searchClause(['c.email', 'c.first_name', 'c.last_name'], list.search, values);
  const statement: CreationStatement = {
    sql: `SELECT ${CONTACT_COLUMNS} FROM contacts c
           WHERE c.workspace_id = $1 AND ($2::text[] IS NULL OR c.email_key = ANY ($2)) AND ($3::text[] IS NULL OR c.external_ref = ANY ($3))
             AND ($4::text[] IS NULL OR c.id IN (SELECT contact_id FROM prospect_contacts WHERE workspace_id = $1 AND prospect_id::text = ANY ($4)))${search}`,
    values,
    alias: 'c',
  };
  return rowsInCreationOrder(db, statement, list);
}
