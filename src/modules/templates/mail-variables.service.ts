import type { EntityManager } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import type { TemplateValues } from '../../domain/template-variables.js';
import { firstRow } from '../../platform/database/sql.js';

/** Whom and what a mail is about. What is left out has no values. */
export interface MailSubject {
  readonly contactId?: string | null | undefined;
  readonly opportunityId?: string | null | undefined;
  /** The opportunity's own when absent. */
  readonly campaignId?: string | null | undefined;
  /** The first mailbox of the campaign when absent. */
  readonly mailboxId?: string | null | undefined;
}

/** Everything a template may insert but the links, which belong to one mail. */
export type MailVariables = Omit<TemplateValues, 'links.report' | 'links.unsubscribe'>;

/** The ids are those that were found. */
type VariablesRow = Readonly<Record<keyof MailSubject | 'firstName' | 'lastName', string | null>> & { readonly values: MailVariables };

/**
 * Values of the variables of one mail, in one statement.
 * @throws NotFound for an id that is not of this workspace, pointing at it as in `/contactId`
 */
export async function loadMailVariables(tx: Pick<EntityManager, 'query'>, workspaceId: string, about: MailSubject): Promise<MailVariables> {
  const named = NAMED.map(({ field }) => about[field] ?? null);
  const row = await firstRow<VariablesRow>(tx, VARIABLES, [workspaceId, ...named]);
  for (const { field, thing } of NAMED) if (about[field] && !row?.[field]) throw new NotFound(thing, `/${field}`);
  if (!row) return {};
  return { ...row.values, 'contact.name': [row.firstName, row.lastName].filter(Boolean).join(' ') };
}

/** In the order of the statement's parameters, from $2 on. */
const NAMED = [
  { field: 'contactId', thing: 'contact' },
  { field: 'opportunityId', thing: 'opportunity' },
  { field: 'campaignId', thing: 'campaign' },
  { field: 'mailboxId', thing: 'mailbox' },
] as const;

const VARIABLES = `
  SELECT c.id AS "contactId", o.id AS "opportunityId", ca.id AS "campaignId", m.id AS "mailboxId",
         c.first_name AS "firstName", c.last_name AS "lastName",
         json_build_object(
           'contact.firstName', c.first_name, 'contact.lastName', c.last_name, 'contact.email', c.email, 'contact.role', c.role,
           'prospect.name', p.name, 'prospect.domain', p.domain, 'prospect.url', p.url,
           'opportunity.pageUrl', o.page_url,
           'project.name', pr.name, 'project.url', pr.url,
           'targetPage.url', tp.url, 'targetPage.title', tp.title,
           'campaign.name', ca.name,
           'sender.name', m.from_name, 'sender.email', m.from_address) AS values
    FROM (SELECT $1::uuid AS workspace_id) w
    LEFT JOIN contacts c ON c.workspace_id = w.workspace_id AND c.id = $2
    LEFT JOIN opportunities o ON o.workspace_id = w.workspace_id AND o.id = $3
    LEFT JOIN campaigns ca ON ca.workspace_id = w.workspace_id AND ca.id = COALESCE($4, o.campaign_id)
    -- without an opportunity the site is the one the contact was first known at
    LEFT JOIN prospects p ON p.workspace_id = w.workspace_id AND p.id = COALESCE(o.prospect_id, (
           SELECT pc.prospect_id FROM prospect_contacts pc WHERE pc.workspace_id = $1 AND pc.contact_id = c.id
            ORDER BY pc.created_at, pc.prospect_id LIMIT 1))
    LEFT JOIN projects pr ON pr.workspace_id = w.workspace_id AND pr.id = ca.project_id
    LEFT JOIN target_pages tp ON tp.workspace_id = w.workspace_id AND tp.id = ca.target_page_id
    LEFT JOIN mailboxes m ON m.workspace_id = w.workspace_id AND m.id = COALESCE($5, (
           SELECT cm.mailbox_id FROM campaign_mailboxes cm WHERE cm.workspace_id = $1 AND cm.campaign_id = ca.id
            ORDER BY cm.position LIMIT 1))`;
