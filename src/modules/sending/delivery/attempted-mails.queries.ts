import type { EntityManager } from 'typeorm';
import type { EnrollmentState } from '../../../domain/machines/enrollment.js';
import type { MessageState } from '../../../domain/machines/message.js';
import type { EarlierTries } from '../../../domain/send-backoff.js';
import { firstRow } from '../../../platform/database/sql.js';

/** A mail that was handed to its server, or that the server would not take. */
export interface AttemptedMail {
  readonly workspaceId: string;
  readonly id: string;
  readonly state: MessageState;
  readonly mailboxId: string;
  /** Tries so far, this one included. */
  readonly attempts: number;
  readonly enrollmentId: string | null;
  readonly enrollmentState: EnrollmentState | null;
  readonly contactId: string | null;
  readonly toAddress: string;
  readonly claimToken: string | null;
}

const ATTEMPTED = `
  SELECT m.workspace_id AS "workspaceId", m.id, m.state, m.mailbox_id AS "mailboxId", m.attempts, m.enrollment_id AS "enrollmentId",
         e.state AS "enrollmentState", m.contact_id AS "contactId", m.to_address AS "toAddress", m.claim_token AS "claimToken"
    FROM messages m LEFT JOIN enrollments e ON e.workspace_id = $1 AND e.id = m.enrollment_id
   WHERE m.workspace_id = $1 AND m.id = $2`;

export function findAttempted(tx: EntityManager, workspaceId: string, id: string): Promise<AttemptedMail | undefined> {
  return firstRow(tx, ATTEMPTED, [workspaceId, id]);
}

/** Since a person last let it go. */
const TRIES = `
  SELECT count(*) FILTER (WHERE t.event_kind = 'transmission_begun')::int AS count,
         count(*) FILTER (WHERE t.event_kind = 'transmission_not_begun')::int AS "notBegun", min(t.at) AS "firstAt"
    FROM state_changes t
   WHERE t.workspace_id = $1 AND t.machine = 'message' AND t.subject_id = $2 AND t.event_kind IN ('transmission_begun', 'transmission_not_begun')
     AND t.at > COALESCE((SELECT max(h.at) FROM state_changes h
          WHERE h.workspace_id = $1 AND h.machine = 'message' AND h.subject_id = $2 AND h.event_kind = 'moved_by_hand'), '-infinity')`;

/** How it fared so far, the try under way included. */
export async function triesOf(tx: EntityManager, { workspaceId, id }: AttemptedMail, now: Date): Promise<EarlierTries> {
  const tries = await firstRow<Omit<EarlierTries, 'firstAt'> & { firstAt: Date | null }>(tx, TRIES, [workspaceId, id]);
  return { count: tries?.count ?? 0, notBegun: tries?.notBegun ?? 0, firstAt: tries?.firstAt ?? now };
}
