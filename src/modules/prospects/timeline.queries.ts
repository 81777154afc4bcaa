import type { EntityManager } from 'typeorm';
import { MACHINE_NAMES, type MachineName } from '../../domain/machines/machine.js';
import type { Permission } from '../../domain/permissions.js';
import type { Actor } from '../../platform/auth/actor.js';
import { rows } from '../../platform/database/sql.js';
import type { ListRequest } from '../../platform/http/lists/paging.js';

export const TIMELINE = { sorts: ['-at', 'at'], filters: [], key: ['instant', 'uuid'] } as const;

export interface TimelineRow {
  readonly id: string;
  readonly at: Date;
  readonly kind: 'state_change' | 'message' | 'step_skipped' | 'check' | 'note';
  readonly subjectType: string;
  readonly subjectId: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly what: string | null;
  readonly text: string | null;
  readonly actorId: string | null;
}

/**
 * All that belongs to the site first, as far as it lies inside of the projects $6, by the indexes of each table; then what happened to it. Mail of a person who works
 * for several sites counts here only when it is about this one.
 */
const OF_SITE = `
  cards AS (SELECT id FROM opportunities WHERE workspace_id = $1 AND prospect_id = $2 AND ($6::uuid[] IS NULL OR project_id = ANY ($6))),
  people AS (SELECT contact_id AS id FROM prospect_contacts WHERE workspace_id = $1 AND prospect_id = $2),
  mails AS (
    SELECT id, thread_id, direction, subject, created_at FROM messages WHERE workspace_id = $1 AND opportunity_id IN (SELECT id FROM cards)
    UNION ALL
    SELECT id, thread_id, direction, subject, created_at FROM messages
     WHERE workspace_id = $1 AND contact_id IN (SELECT id FROM people) AND opportunity_id IS NULL AND (prospect_id IS NULL OR prospect_id = $2)
       AND ($6::uuid[] IS NULL OR project_id = ANY ($6))),
  links AS (
    SELECT id FROM backlinks WHERE workspace_id = $1 AND (prospect_id = $2 OR opportunity_id IN (SELECT id FROM cards))
       AND ($6::uuid[] IS NULL OR project_id = ANY ($6))),
  subjects AS (
    SELECT 'opportunity' AS type, id FROM cards
    UNION ALL SELECT 'enrollment', id FROM enrollments WHERE workspace_id = $1 AND opportunity_id IN (SELECT id FROM cards)
    UNION ALL SELECT 'message', id FROM mails
    UNION ALL SELECT 'pitch', id FROM pitches WHERE workspace_id = $1 AND opportunity_id IN (SELECT id FROM cards)
    UNION ALL SELECT 'backlink', id FROM links),
  noted AS (SELECT id FROM subjects UNION ALL SELECT thread_id FROM mails WHERE thread_id IS NOT NULL UNION ALL SELECT id FROM people UNION ALL SELECT $2::uuid)`;

const HAPPENED = `
  SELECT h.id, h.at, 'state_change' AS kind, h.machine AS "subjectType", h.subject_id AS "subjectId", h.from_state AS "from", h.to_state AS "to",
         h.event_kind AS what, h.note AS text, h.actor_id AS "actorId"
    FROM state_changes h JOIN subjects s ON s.type = h.machine AND s.id = h.subject_id WHERE h.workspace_id = $1 AND h.machine = ANY ($8::text[])
  UNION ALL
  SELECT id, created_at, 'message', 'message', id, NULL, NULL, direction, subject, NULL FROM mails WHERE 'message' = ANY ($8::text[])
  UNION ALL -- a step that had no mail yet; a mail's own line is a state change
  SELECT md5(e.id || e.step_key)::uuid, e.created_at, 'step_skipped', 'enrollment', e.id, NULL, NULL, e.step_key, e.skipped_code, NULL
    FROM (SELECT s.id, es.step_key, es.created_at, es.skipped_code FROM subjects s
            JOIN enrollment_steps es ON es.workspace_id = $1 AND es.enrollment_id = s.id
           WHERE s.type = 'enrollment' AND es.skipped_code IS NOT NULL AND es.message_id IS NULL) e WHERE 'enrollment' = ANY ($8::text[])
  UNION ALL
  SELECT id, checked_at, 'check', 'backlink', backlink_id, NULL, NULL, verdict, NULL, NULL
    FROM backlink_checks WHERE workspace_id = $1 AND backlink_id IN (SELECT id FROM links) AND 'backlink' = ANY ($8::text[])
  UNION ALL
  SELECT id, created_at, 'note', subject_type, subject_id, NULL, NULL, NULL, text, author_id
    FROM notes WHERE workspace_id = $1 AND subject_id IN (SELECT id FROM noted) AND $7 AND ($6::uuid[] IS NULL OR project_id IS NULL OR project_id = ANY ($6))`;

/** What each machine's lines ask of a key beside the site's own permission: a narrow one shall not read mail here. */
const READ_BY: Readonly<Record<MachineName, Permission>> = {
  opportunity: 'opportunities:read',
  enrollment: 'enrollments:read',
  message: 'messages:read',
  pitch: 'pitches:read',
  backlink: 'backlinks:read',
};

/** What happened at a site, in one order (F12). Notes are the team's own words, and ask for their own permission. */
export function listTimeline(
  db: Pick<EntityManager, 'query'>,
  actor: Actor,
  prospectId: string,
  list: ListRequest<never, '-at' | 'at'>,
): Promise<TimelineRow[]> {
  const [after, direction] = list.sort === 'at' ? ['>', 'ASC'] : ['<', 'DESC'];
  const seen = MACHINE_NAMES.filter((machine) => actor.permissions.has(READ_BY[machine]));
  return rows(
    db,
    `WITH ${OF_SITE}, happened AS (${HAPPENED})
     SELECT * FROM happened WHERE ($3::timestamptz IS NULL OR (at, id) ${after} ($3, $4::uuid))
      ORDER BY at ${direction}, id ${direction} LIMIT $5`,
    [actor.workspaceId, prospectId, list.after?.[0], list.after?.[1], list.limit + 1, actor.projectIds, actor.permissions.has('notes:read'), seen],
  );
}
