import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/sql.js';
import { SystemMail } from '../../platform/mail/system-mail.service.js';
import type { SystemMailName, SystemMails } from '../../platform/templates/system-mail-renderer.js';

export interface OwnerNotice<M extends SystemMailName> {
  readonly mail: M;
  /** The name of the workspace is added. */
  readonly values: Omit<SystemMails[M], 'workspaceName'>;
  /** Where it leads, from PUBLIC_URL on. */
  readonly path: string;
}

/** Tells the owners of a workspace by mail what they must know. */
@Injectable()
export class OwnerNotices {
  constructor(private readonly mail: SystemMail) {}

  /** The mails go out when `tx` commits, one to each owner, at least once. */
  async notifyOwners<M extends SystemMailName>(tx: EntityManager, workspaceId: string, notice: OwnerNotice<M>): Promise<void> {
    const owners = await rows<{ email: string; name: string; workspaceName: string }>(
      tx,
      `SELECT u.email, u.name, w.name AS "workspaceName"
         FROM members m JOIN users u ON u.id = m.user_id JOIN workspaces w ON w.id = m.workspace_id
        WHERE m.workspace_id = $1 AND m.role = 'owner' AND m.deactivated_at IS NULL ORDER BY m.created_at, m.id`,
      [workspaceId],
    );
    for (const { workspaceName, ...to } of owners) {
      const values = { ...notice.values, workspaceName } as unknown as SystemMails[M]; // what was left out is put back
      await this.mail.send(tx, { workspaceId, to, mail: notice.mail, values, path: notice.path });
    }
  }
}
