import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/sql.js';
import type { ListRequest } from '../../platform/http/paging.js';
import type { Contact } from './contact.entity.js';
import type { Prospect } from './prospect.entity.js';

type Db = Pick<EntityManager, 'query'>;
type Sort = '-createdAt' | 'createdAt';

const BY_CREATION = { sorts: ['-createdAt', 'createdAt'], key: ['instant', 'uuid'] } as const;
export const PROSPECT_LIST = { ...BY_CREATION, filters: ['externalRef', 'domain', 'tag'] } as const;
export const CONTACT_LIST = { ...BY_CREATION, filters: ['email', 'prospectId', 'externalRef'] } as const;

type ProspectListRequest = ListRequest<(typeof PROSPECT_LIST.filters)[number], Sort> & { readonly startsWith?: string | undefined };

export function listProspects(db: Db, workspaceId: string, list: ProspectListRequest): Promise<Prospect[]> {
  const [after, direction] = list.sort === 'createdAt' ? ['>', 'ASC'] : ['<', 'DESC'];
  const { externalRef, domain, tag } = list.filters;
  const prefix = list.startsWith === undefined ? undefined : `${list.startsWith.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return rows(
    db,
    `SELECT id, version, domain, url, name, country, tags, condition, external_ref AS "externalRef", last_contacted_at AS "lastContactedAt",
            created_at AS "createdAt" FROM prospects
      WHERE workspace_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) ${after} ($2, $3::uuid))
        AND ($4::text[] IS NULL OR external_ref = ANY ($4)) AND ($5::text[] IS NULL OR domain = ANY ($5)) AND ($6::text[] IS NULL OR tags && $6)
        AND ($7::text IS NULL OR name ILIKE $7 OR domain ILIKE $7)
      ORDER BY created_at ${direction}, id ${direction} LIMIT $8`,
    [workspaceId, list.after?.[0], list.after?.[1], externalRef, domain, tag, prefix, list.limit + 1],
  );
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

export function listContacts(db: Db, workspaceId: string, list: ListRequest<(typeof CONTACT_LIST.filters)[number], Sort>): Promise<ContactRow[]> {
  const [after, direction] = list.sort === 'createdAt' ? ['>', 'ASC'] : ['<', 'DESC'];
  const { email, prospectId, externalRef } = list.filters;
  return rows(
    db,
    `SELECT ${CONTACT_COLUMNS} FROM contacts c
      WHERE c.workspace_id = $1 AND ($2::timestamptz IS NULL OR (c.created_at, c.id) ${after} ($2, $3::uuid))
        AND ($4::text[] IS NULL OR c.email_key = ANY ($4)) AND ($5::text[] IS NULL OR c.external_ref = ANY ($5))
        AND ($6::text[] IS NULL OR c.id IN (SELECT contact_id FROM prospect_contacts WHERE workspace_id = $1 AND prospect_id::text = ANY ($6)))
      ORDER BY c.created_at ${direction}, c.id ${direction} LIMIT $7`,
    [workspaceId, list.after?.[0], list.after?.[1], email, externalRef, prospectId, list.limit + 1],
  );
}
