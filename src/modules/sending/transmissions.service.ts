import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, MINUTE_MS } from '../../platform/clock.js';
import { rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { MessageClaims } from '../pipeline/message-claims.service.js';
import { FinalCheck } from './final-check.service.js';
import type { Batch } from './mailbox-turn.service.js';
import { lockSite } from './send-facts.queries.js';

/** Longer than any SMTP conversation: a mail at the end of a slow batch must not count as abandoned while it is on the wire. */
const ON_THE_WIRE_MS = 10 * MINUTE_MS;

/** The step that cannot be taken back: committed before the first byte (promise 1). */
@Injectable()
export class Transmissions {
  constructor(
    private readonly db: DataSource,
    private readonly claims: MessageClaims,
    private readonly check: FinalCheck,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks every gate once more, since a batch may take minutes, one mail of a site at a time: of two colleagues' mails that were
   * claimed together only one begins.
   * @returns false when the mail must not go, or is no longer ours
   */
  begin({ mailbox: { workspaceId }, token }: Batch, messageId: string): Promise<boolean> {
    return transact(this.db, async (tx) => {
      await lockSite(tx, workspaceId, messageId);
      const { passed } = await this.check.pass(tx, workspaceId, [messageId]);
      if (passed.length === 0 || !(await this.claims.begin(tx, workspaceId, messageId, token))) return false;
      const until = new Date(this.clock.now().getTime() + ON_THE_WIRE_MS);
      await rows(tx, 'UPDATE messages SET claimed_until = $3 WHERE workspace_id = $1 AND id = $2', [workspaceId, messageId, until]);
      return true;
    });
  }
}
