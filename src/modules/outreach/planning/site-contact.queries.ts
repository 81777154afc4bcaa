import type { EntityManager } from 'typeorm';
import { OPEN_STAGES } from '../../../domain/machines/opportunity.js';
import { rows } from '../../../platform/database/sql.js';

type Db = Pick<EntityManager, 'query'>;

/** Another card of the site is open: most have none, and looking further costs more than the rest of the question. */
const OTHER_CARDS = `
  SELECT e.id FROM enrollments e JOIN opportunities o ON o.workspace_id = $1 AND o.id = e.opportunity_id
   WHERE e.workspace_id = $1 AND e.id = ANY ($2) AND o.guard_override IS DISTINCT FROM 'send' AND EXISTS (
     SELECT FROM opportunities other
      WHERE other.workspace_id = $1 AND other.prospect_id = o.prospect_id AND other.id <> o.id AND other.stage = ANY ($3))`;

const IN_CONTACT = `
  SELECT e.id FROM enrollments e JOIN opportunities o ON o.workspace_id = $1 AND o.id = e.opportunity_id
   WHERE e.workspace_id = $1 AND e.id = ANY ($2) AND EXISTS (
     SELECT FROM opportunities other JOIN messages theirs ON theirs.workspace_id = $1 AND theirs.opportunity_id = other.id
      WHERE other.workspace_id = $1 AND other.prospect_id = o.prospect_id AND other.id <> o.id AND other.stage = ANY ($3)
        AND theirs.direction = 'out' AND theirs.state IN ('transmitting', 'sent', 'delivery_unknown')
        AND COALESCE(theirs.sent_at, theirs.transmitting_at) > COALESCE(
          (SELECT max(ours.sent_at) FROM messages ours
            WHERE ours.workspace_id = $1 AND ours.opportunity_id = o.id AND ours.direction = 'out' AND ours.state = 'sent'), '-infinity'))`;

/** Those of the enrollments to whose site a colleague has written since their own card did (F5), by the rule of the gate \`site_in_contact\`. */
export async function sitesInContact(db: Db, workspaceId: string, enrollmentIds: readonly string[]): Promise<ReadonlySet<string>> {
  const shared = await rows<{ id: string }>(db, OTHER_CARDS, [workspaceId, enrollmentIds, OPEN_STAGES]);
  if (shared.length === 0) return new Set();
  const found = await rows<{ id: string }>(db, IN_CONTACT, [workspaceId, shared.map(({ id }) => id), OPEN_STAGES]);
  return new Set(found.map(({ id }) => id));
}
