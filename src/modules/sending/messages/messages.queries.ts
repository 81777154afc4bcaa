import type { EntityManager } from 'typeorm';
import { FIRST_MAILS } from '../../../domain/fair-share.js';
import type { MessageFact, MessageState } from '../../../domain/machines/message.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { borderClause } from '../../../platform/database/border-clause.js';
import { CREATION_ORDER, type CreationSort, rowsInCreationOrder } from '../../../platform/database/creation-order.js';
import { filterClause, filterNames, rangeClause } from '../../../platform/database/filter-clause.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import type { ListRequest, ListRules } from '../../../platform/http/lists/paging.js';

type Reader = Pick<EntityManager, 'query'>;

/** A mail without its words, as lists show it. */
export interface MessageSummary {
  readonly id: string;
  readonly version: number;
  readonly direction: 'out' | 'in';
  readonly source: string;
  readonly state: MessageState | 'received';
  readonly stateReason: string | null;
  readonly stateChangedAt: Date;
  readonly facts: MessageFact[];
  readonly projectId: string | null;
  readonly campaignId: string | null;
  readonly opportunityId: string | null;
  readonly prospectId: string | null;
  readonly contactId: string | null;
  readonly enrollmentId: string | null;
  readonly stepKey: string | null;
  readonly stepKind: 'mail' | 'review' | null;
  readonly variantKey: string | null;
  readonly templateVersionId: string | null;
  readonly pitchId: string | null;
  readonly mailboxId: string;
  readonly threadId: string | null;
  readonly rfcMessageId: string | null;
  readonly fromAddress: string;
  readonly toAddress: string;
  readonly subject: string | null;
  readonly class: string | null;
  readonly matchMethod: string | null;
  readonly answersId: string | null;
  readonly nextAt: Date | null;
  readonly attempts: number;
  readonly lastResponse: string | null;
  readonly transmittingAt: Date | null;
  readonly sentAt: Date | null;
  readonly createdAt: Date;
}

export interface MessageRow extends MessageSummary {
  readonly inReplyTo: string | null;
  readonly referenceIds: string[];
  readonly text: string | null;
  readonly html: string | null;
  readonly commercial: boolean;
  readonly template: { readonly id: string; readonly versionNumber: number } | null;
  readonly earlierTexts: readonly EarlierText[];
}

/** The words of a mail before somebody changed them. */
export interface EarlierText {
  readonly number: number;
  readonly subject: string | null;
  readonly text: string | null;
  readonly html: string | null;
  readonly replacedBy: string | null;
  /** ISO 8601, as the database writes it into JSON. */
  readonly replacedAt: string;
}

const SUMMARY = `m.id, m.version, m.direction, m.source, m.state, m.state_reason AS "stateReason", m.state_changed_at AS "stateChangedAt",
  ARRAY(SELECT DISTINCT f.fact FROM message_facts f WHERE f.workspace_id = $1 AND f.message_id = m.id ORDER BY f.fact) AS facts,
  m.project_id AS "projectId", m.campaign_id AS "campaignId", m.opportunity_id AS "opportunityId", m.prospect_id AS "prospectId",
  m.contact_id AS "contactId", m.enrollment_id AS "enrollmentId", m.step_key AS "stepKey", m.step_kind AS "stepKind",
  m.variant_key AS "variantKey", m.template_version_id AS "templateVersionId", m.pitch_id AS "pitchId", m.mailbox_id AS "mailboxId",
  m.thread_id AS "threadId", m.rfc_message_id AS "rfcMessageId", m.from_address AS "fromAddress", m.to_address AS "toAddress", m.subject, m.class,
  m.match_method AS "matchMethod", m.answers_id AS "answersId", m.next_at AS "nextAt", m.attempts, m.last_response AS "lastResponse",
  m.transmitting_at AS "transmittingAt", m.sent_at AS "sentAt", m.created_at AS "createdAt"`;
const EARLIER_AT_MOST = 10;
const WORDS = `m.in_reply_to AS "inReplyTo", m.reference_ids AS "referenceIds", m.text, m.html, m.commercial,
  (SELECT json_build_object('id', v.template_id, 'versionNumber', v.number) FROM template_versions v
    WHERE v.workspace_id = $1 AND v.id = m.template_version_id) AS template,
  COALESCE((SELECT json_agg(t) FROM (
    SELECT number, subject, text, html, replaced_by AS "replacedBy", replaced_at AS "replacedAt" FROM message_texts
     WHERE workspace_id = $1 AND message_id = m.id ORDER BY number DESC LIMIT ${EARLIER_AT_MOST}) t), '[]') AS "earlierTexts"`;

/** Columns a list can be narrowed by, as the API calls them. */
const FILTERED = {
  contactId: 'm.contact_id',
  campaignId: 'm.campaign_id',
  opportunityId: 'm.opportunity_id',
  enrollmentId: 'm.enrollment_id',
  mailboxId: 'm.mailbox_id',
  threadId: 'm.thread_id',
  state: 'm.state',
  direction: 'm.direction',
  source: 'm.source',
  stepKind: 'm.step_kind',
} as const;
export type MessageFilter = keyof typeof FILTERED;
export const MESSAGE_FILTERS = filterNames(FILTERED);

export const MESSAGE_LIST = { ...CREATION_ORDER, filters: MESSAGE_FILTERS, ranges: ['createdAt', 'sentAt'] } as const satisfies ListRules;
export type MessageListRequest = ListRequest<MessageFilter, CreationSort>;

/** One row more than the limit, for `page` to see that there are more. */
export async function listMessages(db: Reader, actor: Actor, list: MessageListRequest): Promise<MessageSummary[]> {
  const values: unknown[] = [actor.workspaceId];
  const wanted =
    filterClause(FILTERED, list.filters, values) +
    rangeClause({ sentAt: 'm.sent_at' }, list.ranges, values) +
    borderClause(actor, 'm.project_id', values);
  return rowsInCreationOrder(db, { sql: `SELECT ${SUMMARY} FROM messages m WHERE m.workspace_id = $1${wanted}`, values, alias: 'm' }, list);
}

export function findMessage(db: Reader, workspaceId: string, id: string): Promise<MessageRow | undefined> {
  return firstRow(db, `SELECT ${SUMMARY}, ${WORDS} FROM messages m WHERE m.workspace_id = $1 AND m.id = $2`, [workspaceId, id]);
}

/** Keeps the words of a mail as they stand, before others take their place. For a mail under lock. */
export async function keepWording(
  tx: Reader,
  workspaceId: string,
  messageId: string,
  replaced: { readonly by: string | null; readonly at: Date },
): Promise<void> {
  await rows(
    tx,
    `INSERT INTO message_texts (workspace_id, message_id, number, subject, text, html, replaced_by, replaced_at)
     SELECT $1, $2, (SELECT count(*) + 1 FROM message_texts t WHERE t.workspace_id = $1 AND t.message_id = $2), m.subject, m.text, m.html, $3, $4
       FROM messages m WHERE m.workspace_id = $1 AND m.id = $2`,
    [workspaceId, messageId, replaced.by, replaced.at],
  );
}

/** As the final check asks: nobody has had a mail of the thread before. */
export async function isFirstOfSequence(db: Reader, workspaceId: string, id: string): Promise<boolean> {
  const first = await firstRow(
    db,
    `SELECT FROM messages WHERE workspace_id = $1 AND id = $2 AND source = 'sequence' AND enrollment_id IS NOT NULL AND lane = ${String(FIRST_MAILS)}
        AND in_reply_to IS NULL`,
    [workspaceId, id],
  );
  return first !== undefined;
}
