import type { DataSource } from 'typeorm';
import type { EnrollmentState } from '../../src/domain/machines/enrollment.js';
import type { MessageState } from '../../src/domain/machines/message.js';
import type { OpportunityStage } from '../../src/domain/machines/opportunity.js';
import { makeCampaign, makeContact, makeEnrollment, makeMessage, makeOpportunity } from './factories.js';

type Db = Pick<DataSource, 'query'>;

export interface CardScene {
  readonly workspaceId: string;
  readonly projectId: string;
  readonly campaignId: string;
  readonly prospectId: string;
  readonly mailboxId: string;
  readonly opportunityId: string;
  readonly contactId: string;
  readonly enrollmentId: string;
  readonly messageId: string;
}

/** One card with one contact in a sequence and its first mail. */
export async function makeCard(
  db: Db,
  workspaceId: string,
  states: { readonly stage?: OpportunityStage; readonly enrollment?: EnrollmentState; readonly message?: MessageState } = {},
): Promise<CardScene> {
  const campaign = await makeCampaign(db, workspaceId);
  const { id: campaignId, projectId } = campaign;
  const mailboxId = campaign.mailboxIds[0] ?? '';
  const opportunity = await makeOpportunity(db, workspaceId, { campaignId, projectId, stage: states.stage ?? 'ready' });
  const { id: opportunityId, prospectId } = opportunity;
  const { id: contactId } = await makeContact(db, workspaceId, { prospectId });
  const { id: enrollmentId } = await makeEnrollment(db, workspaceId, { opportunityId, contactId, state: states.enrollment ?? 'active' });
  const { id: messageId } = await makeMessage(db, workspaceId, { enrollmentId, mailboxId, state: states.message ?? 'scheduled' });
  return { workspaceId, projectId, campaignId, prospectId, mailboxId, opportunityId, contactId, enrollmentId, messageId };
}

/** Where the rows of a card stand. */
export async function statesOf(db: Db, scene: CardScene): Promise<{ stage: string; enrollment: string; message: string }> {
  const [row] = await db.query<{ stage: string; enrollment: string; message: string }[]>(
    `SELECT o.stage, e.state AS enrollment, m.state AS message FROM opportunities o
       JOIN enrollments e ON e.workspace_id = o.workspace_id AND e.id = $3
       JOIN messages m ON m.workspace_id = o.workspace_id AND m.id = $4
      WHERE o.workspace_id = $1 AND o.id = $2`,
    [scene.workspaceId, scene.opportunityId, scene.enrollmentId, scene.messageId],
  );
  if (!row) throw new Error('The card is gone.');
  return row;
}

/** The history that one event wrote, as `machine: from -> to`. */
export async function historyOf(db: Db, workspaceId: string, eventId: string): Promise<string[]> {
  const rows = await db.query<{ line: string }[]>(
    `SELECT machine || ': ' || COALESCE(from_state, '-') || ' -> ' || to_state AS line FROM state_changes WHERE workspace_id = $1 AND event_id = $2 ORDER BY id`,
    [workspaceId, eventId],
  );
  return rows.map((row) => row.line);
}

/** Names of the public events of a workspace, oldest first. */
export async function eventTypes(db: Db, workspaceId: string, opportunityId: string): Promise<string[]> {
  const rows = await db.query<{ type: string }[]>(`SELECT type FROM events WHERE workspace_id = $1 AND opportunity_id = $2 ORDER BY tx, id`, [
    workspaceId,
    opportunityId,
  ]);
  return rows.map((row) => row.type);
}
