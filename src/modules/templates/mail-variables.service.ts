import type { EntityManager } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import type { TemplateValues } from '../../domain/template-variables.js';
import { rows } from '../../platform/database/sql.js';

/** Whom and what a mail is about. What is left out has no values. */
export interface MailSubject {
  readonly contactId?: string | null | undefined;
  readonly opportunityId?: string | null | undefined;
  /** The opportunity's own when absent. */
  readonly campaignId?: string | null | undefined;
  /** The first mailbox of the campaign when absent. */
  readonly mailboxId?: string | null | undefined;
}

/** Everything a template may insert but the links, which belong to one mail; for them, the verified domain that they stand under. */
export type MailVariables = Omit<TemplateValues, 'links.report' | 'links.unsubscribe'> & { readonly linkDomain?: string | null };

/** The ids are those that were found. */
type VariablesRow = Readonly<Record<keyof MailSubject | 'firstName' | 'lastName', string | null>> & { readonly values: MailVariables; readonly linkDomain: string | null };

/**
 * Values of the variables of one mail.
 * @throws NotFound for an id that is not of this workspace, pointing at it as in `/contactId`
 */
export async function loadMailVariables(tx: Pick<EntityManager, 'query'>, workspaceId: string, about: MailSubject): Promise<MailVariables> {
  const [values = {}] = await loadManyMailVariables(tx, workspaceId, [about]);
  return values;
}

/** The same for many mails in one statement, in their order. @throws NotFound */
export async function loadManyMailVariables(
  tx: Pick<EntityManager, 'query'>,
  workspaceId: string,
  subjects: readonly MailSubject[],
): Promise<MailVariables[]> {
  const columns = NAMED.map(({ field }) => subjects.map((about) => about[field] ?? null));
  const found = await rows<VariablesRow>(tx, VARIABLES, [workspaceId, ...columns]);
  return found.map((row, at) => {
    for (const { field, thing } of NAMED) if (subjects[at]?.[field] && !row[field]) throw new NotFound(thing, `/${field}`);
    return { ...row.values, linkDomain: row.linkDomain, 'contact.name': [row.firstName, row.lastName].filter(Boolean).join(' ') };
  });
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
         COALESCE(CASE WHEN m.link_domain_verified_at IS NOT NULL THEN m.link_domain END,
                  CASE WHEN pr.link_domain_verified_at IS NOT NULL THEN pr.link_domain END) AS "linkDomain",
         json_build_object(
           'contact.firstName', c.first_name, 'contact.lastName', c.last_name, 'contact.email', c.email, 'contact.role', c.role,
           'contact.source', c.source_url,
           'prospect.name', p.name, 'prospect.domain', p.domain, 'prospect.url', p.url,
           'opportunity.pageUrl', o.page_url,
           'project.name', pr.name, 'project.url', pr.url,
           'targetPage.url', tp.url, 'targetPage.title', tp.title,
           'campaign.name', ca.name,
           'sender.name', m.from_name, 'sender.email', m.from_address,
           'sender.signature', m.signature, 'sender.postalAddress', ws.postal_address) AS values
    FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[]) WITH ORDINALITY AS w (contact_id, opportunity_id, campaign_id, mailbox_id, place)
    JOIN workspaces ws ON ws.id = $1
    LEFT JOIN contacts c ON c.workspace_id = $1 AND c.id = w.contact_id
    LEFT JOIN opportunities o ON o.workspace_id = $1 AND o.id = w.opportunity_id
    LEFT JOIN campaigns ca ON ca.workspace_id = $1 AND ca.id = COALESCE(w.campaign_id, o.campaign_id)
    -- without an opportunity the site is the one the contact was first known at
    LEFT JOIN prospects p ON p.workspace_id = $1 AND p.id = COALESCE(o.prospect_id, (
           SELECT pc.prospect_id FROM prospect_contacts pc WHERE pc.workspace_id = $1 AND pc.contact_id = c.id
            ORDER BY pc.created_at, pc.prospect_id LIMIT 1))
    LEFT JOIN projects pr ON pr.workspace_id = $1 AND pr.id = ca.project_id
    LEFT JOIN target_pages tp ON tp.workspace_id = $1 AND tp.id = ca.target_page_id
    LEFT JOIN mailboxes m ON m.workspace_id = $1 AND m.id = COALESCE(w.mailbox_id, (
           SELECT cm.mailbox_id FROM campaign_mailboxes cm WHERE cm.workspace_id = $1 AND cm.campaign_id = ca.id
            ORDER BY cm.position LIMIT 1))
   ORDER BY w.place`;
