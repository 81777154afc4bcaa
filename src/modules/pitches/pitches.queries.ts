import type { EntityManager } from 'typeorm';
import type { PitchState } from '../../domain/machines/pitch.js';
import type { Actor } from '../../platform/auth/actor.js';
import { borderClause } from '../../platform/database/border-clause.js';
import { CREATION_ORDER, rowsInCreationOrder, type CreationSort, type CreationStatement } from '../../platform/database/creation-order.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import type { ListRequest } from '../../platform/http/lists/paging.js';

type Db = Pick<EntityManager, 'query'>;

export interface TopicRow {
  readonly id: string;
  readonly title: string;
  readonly summary: string | null;
  readonly chosenAt: string | null;
}

export interface PitchRow {
  readonly id: string;
  readonly version: number;
  readonly opportunityId: string;
  readonly projectId: string;
  readonly agreementId: string | null;
  readonly previousPitchId: string | null;
  readonly state: PitchState;
  readonly stateChangedAt: Date;
  readonly stateReason: string | null;
  readonly liveUrl: string | null;
  readonly draftDueOn: string | null;
  readonly publishOn: string | null;
  readonly createdAt: Date;
  readonly topics: TopicRow[];
}

/** Days as text: a driver's Date would move them with the time zone. */
const PITCHES = `
  SELECT p.id, p.version, p.opportunity_id AS "opportunityId", p.project_id AS "projectId", p.agreement_id AS "agreementId",
         p.previous_pitch_id AS "previousPitchId", p.state, p.state_changed_at AS "stateChangedAt", p.state_reason AS "stateReason", p.live_url AS "liveUrl",
         p.draft_due_on::text AS "draftDueOn", p.publish_on::text AS "publishOn", p.created_at AS "createdAt", t.topics
    FROM pitches p
   CROSS JOIN LATERAL (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', id, 'title', title, 'summary', summary, 'chosenAt',
             to_char(chosen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY id), '[]') AS topics
           FROM pitch_topics WHERE workspace_id = p.workspace_id AND pitch_id = p.id) t
   WHERE p.workspace_id = $1`;

export const PITCH_LIST = { ...CREATION_ORDER, filters: ['opportunityId', 'state'] } as const;

export function findPitch(db: Db, workspaceId: string, id: string): Promise<PitchRow | undefined> {
  return firstRow(db, `${PITCHES} AND p.id = $2`, [workspaceId, id]);
}

export function listPitches(db: Db, actor: Actor, list: ListRequest<'opportunityId' | 'state', CreationSort>): Promise<PitchRow[]> {
  const values: unknown[] = [actor.workspaceId, list.filters.opportunityId, list.filters.state];
  const border = borderClause(actor, 'p.project_id', values);
  const statement: CreationStatement = {
    sql: `${PITCHES} AND ($2::text[] IS NULL OR p.opportunity_id::text = ANY ($2)) AND ($3::text[] IS NULL OR p.state = ANY ($3))${border}`,
    values,
    alias: 'p',
  };
  return rowsInCreationOrder(db, statement, list);
}

/** Locks the pitch against other changes and reads what a move needs. */
export async function lockPitch(tx: Db, workspaceId: string, id: string): Promise<boolean> {
  return (await firstRow(tx, 'SELECT FROM pitches WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE', [workspaceId, id])) !== undefined;
}

export async function addTopics(
  tx: Db,
  workspaceId: string,
  pitchId: string,
  topics: readonly { readonly id: string; readonly title: string; readonly summary: string | null }[],
): Promise<void> {
  await rows(
    tx,
    `INSERT INTO pitch_topics (workspace_id, id, pitch_id, title, summary)
     SELECT $1, t.id, $2, t.title, t.summary FROM jsonb_to_recordset($3::jsonb) AS t (id uuid, title text, summary text)`,
    [workspaceId, pitchId, JSON.stringify(topics)],
  );
}

/** @returns false when it is no topic of this pitch */
export async function chooseTopic(
  tx: Db,
  workspaceId: string,
  of: { readonly pitchId: string; readonly topicId: string; readonly at: Date },
): Promise<boolean> {
  const chosen = await rows<{ id: string }>(
    tx,
    `UPDATE pitch_topics SET chosen_at = CASE WHEN id = $3 THEN $4::timestamptz END WHERE workspace_id = $1 AND pitch_id = $2 RETURNING id`,
    [workspaceId, of.pitchId, of.topicId, of.at],
  );
  return chosen.some(({ id }) => id === of.topicId);
}

/** The terms that were named, or the newest ones, if they are this opportunity's. */
export async function findAgreement(
  tx: Db,
  workspaceId: string,
  of: { readonly opportunityId: string; readonly id?: string | undefined },
): Promise<string | undefined> {
  const found = await firstRow<{ id: string }>(
    tx,
    'SELECT id FROM agreements WHERE workspace_id = $1 AND opportunity_id = $2 AND ($3::uuid IS NULL OR id = $3) ORDER BY number DESC LIMIT 1',
    [workspaceId, of.opportunityId, of.id ?? null],
  );
  return found?.id;
}

/** What a move found out; absent stays. The version is the move's to raise. */
export async function noteFacts(
  tx: Db,
  workspaceId: string,
  id: string,
  facts: { readonly [fact in 'liveUrl' | 'draftDueOn' | 'publishOn' | 'agreementId']?: string | undefined },
): Promise<void> {
  await rows(
    tx,
    `UPDATE pitches SET live_url = COALESCE($3, live_url), draft_due_on = COALESCE($4::date, draft_due_on), publish_on = COALESCE($5::date, publish_on),
            agreement_id = COALESCE($6::uuid, agreement_id) WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, id, facts.liveUrl, facts.draftDueOn, facts.publishOn, facts.agreementId],
  );
}
