import type { EntityManager } from 'typeorm';
import { type ByCreation, type CreationStatement, rowsInCreationOrder } from '../../platform/database/creation-order.js';
import { searchClause } from '../../platform/database/filter-clause.js';
import { firstRow } from '../../platform/database/sql.js';
import type { TemplateVersion } from './template-version.entity.js';

type Reader = Pick<EntityManager, 'query'>;

export interface TemplateSummaryRow {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly subject: string;
  readonly currentVersionId: string;
  readonly versionNumber: number;
  readonly externalRef: string | null;
  readonly createdAt: Date;
}

export interface TemplateRow extends TemplateSummaryRow {
  readonly text: string;
  readonly html: string | null;
}

const SUMMARY = `t.id, t.version, t.name, v.subject, t.current_version_id AS "currentVersionId", v.number AS "versionNumber",
       t.external_ref AS "externalRef", t.created_at AS "createdAt"`;
const SOURCE = `FROM templates t JOIN template_versions v ON v.workspace_id = t.workspace_id AND v.id = t.current_version_id
      WHERE t.workspace_id = $1`;

export function listTemplates(
  db: Reader,
  workspaceId: string,
  list: ByCreation & { readonly externalRefs: readonly string[] | undefined; readonly search?: string },
): Promise<TemplateSummaryRow[]> {
  const values: unknown[] = [workspaceId, list.externalRefs ?? null];
  const search = searchClause(['t.name', 'v.subject'], list.search, values);
  const statement: CreationStatement = {
    sql: `SELECT ${SUMMARY} ${SOURCE} AND ($2::text[] IS NULL OR t.external_ref = ANY ($2))${search}`,
    values,
    alias: 't',
  };
  return rowsInCreationOrder(db, statement, list);
}

export function findTemplate(db: Reader, workspaceId: string, id: string): Promise<TemplateRow | undefined> {
  return firstRow(db, `SELECT ${SUMMARY}, v.text, v.html ${SOURCE} AND t.id = $2`, [workspaceId, id]);
}

export type TemplateVersionRow = Omit<TemplateVersion, 'workspaceId' | 'templateId'>;

export function listTemplateVersions(db: Reader, workspaceId: string, templateId: string, list: ByCreation): Promise<TemplateVersionRow[]> {
  const statement: CreationStatement = {
    sql: `SELECT v.id, v.number, v.subject, v.text, v.html, v.created_at AS "createdAt" FROM template_versions v
           WHERE v.workspace_id = $1 AND v.template_id = $2`,
    values: [workspaceId, templateId],
    alias: 'v',
  };
  return rowsInCreationOrder(db, statement, list);
}
