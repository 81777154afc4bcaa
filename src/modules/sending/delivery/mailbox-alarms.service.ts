import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../../platform/clock.js';
import { firstRow } from '../../../platform/database/sql.js';
import { appendEvents } from '../../../platform/events/outbox.js';
import { leaveTask } from '../../pipeline/left-for-people.service.js';
import { OwnerNotices } from '../../workspaces/owner-notices.service.js';

export interface Alarm {
  readonly workspaceId: string;
  readonly mailboxId: string;
  /** What the server answered, as in `5.7.1`. */
  readonly code: string;
  /** The server's words, as a column takes them. */
  readonly detail: string;
}

const RAISE = `
  UPDATE mailboxes SET alarm_code = $3, alarm_detail = $4, alarm_at = $5 WHERE workspace_id = $1 AND id = $2 AND alarm_at IS NULL
  RETURNING name, from_address AS "fromAddress"`;

/** A server blocks the sender: the mailbox is closed until a person says `state: connected` (standards 9, 44). */
@Injectable()
export class MailboxAlarms {
  constructor(
    private readonly notices: OwnerNotices,
    private readonly clock: Clock,
  ) {}

  /** Tells people once: while the alarm stands, further refusals change nothing. */
  async raise(tx: EntityManager, { workspaceId, mailboxId, code, detail }: Alarm): Promise<void> {
    const at = this.clock.now();
    const raised = await firstRow<{ name: string; fromAddress: string }>(tx, RAISE, [workspaceId, mailboxId, code, detail, at]);
    if (!raised) return;
    await leaveTask(tx, workspaceId, { kind: 'mailbox_alarm', subjectType: 'mailbox', subjectId: mailboxId, at });
    const nowhere = { projectId: null, campaignId: null, opportunityId: null };
    const data = { object: { type: 'mailbox', id: mailboxId, mailboxId, code } };
    await appendEvents(tx, [{ workspaceId, type: 'mailbox.alarmed', at, ...nowhere, data }]);
    const values = { mailboxName: raised.name, mailboxAddress: raised.fromAddress, said: detail };
    await this.notices.notifyOwners(tx, workspaceId, { mail: 'mailbox-alarm', values, path: '/mailboxes' });
  }
}
