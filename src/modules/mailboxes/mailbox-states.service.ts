import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/sql.js';
import { appendEvents } from '../../platform/events/outbox.js';
import { endTask } from '../pipeline/left-for-people.service.js';

export interface LostLogin {
  readonly workspaceId: string;
  readonly mailboxId: string;
  /** For the person who looks after the mailbox. */
  readonly reason: string;
  readonly at: Date;
}

const DISCONNECT = `
  UPDATE mailboxes SET state = 'needs_reconnect', state_reason = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'connected' RETURNING id`;

/** The server, or the provider of the account, lets us in no more: nothing is sent until a person has looked. Told once. */
export async function disconnect(tx: EntityManager, { workspaceId, mailboxId, reason, at }: LostLogin): Promise<void> {
  const disconnected = await rows(tx, DISCONNECT, [workspaceId, mailboxId, reason.slice(0, 500)]);
  if (disconnected.length === 0) return;
  const data = { object: { type: 'mailbox', id: mailboxId, mailboxId, state: 'needs_reconnect' }, previous: { state: 'connected' } };
  await appendEvents(tx, [{ workspaceId, type: 'mailbox.disconnected', at, ...{ projectId: null, campaignId: null, opportunityId: null }, data }]);
}

/** Somebody has looked after the mailbox: the work that its alarm left is done. In the transaction that clears the alarm. */
export function endAlarm(tx: EntityManager, workspaceId: string, { mailboxId, at }: Pick<LostLogin, 'mailboxId' | 'at'>): Promise<void> {
  return endTask(tx, workspaceId, { kind: 'mailbox_alarm', subjectId: mailboxId, at });
}
