import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { MAILS_WITHOUT_ALL_THREE } from '../../../domain/domain-readiness.js';
import { domainOf } from '../../../domain/email-address.js';
import { midnightBefore } from '../../../domain/mailbox-pace.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { primaryDomainOf } from '../../mailboxes/readiness/sender-dns.service.js';
import type { DueMailbox } from '../claim/sending.queries.js';

type Db = Pick<EntityManager, 'query'>;

/** None at all while the mailboxes of the workspace may not send so much together: then nothing is counted. */
const SENDERS = `
  SELECT m.id, m.from_address AS "fromAddress", m.per_day AS "perDay",
         COALESCE(r.ready AND r.domain = split_part(m.from_address, '@', 2), false) AS ready
    FROM mailboxes m LEFT JOIN domain_reports r ON r.workspace_id = $1 AND r.mailbox_id = m.id
   WHERE m.workspace_id = $1 AND (SELECT sum(one.per_day) FROM mailboxes one WHERE one.workspace_id = $1) > $2`;

const SENT = `
  SELECT count(*)::int AS count FROM messages
   WHERE workspace_id = $1 AND mailbox_id = ANY ($2) AND direction = 'out'
     AND (COALESCE(sent_at, transmitting_at) >= $3 OR state IN ('claimed', 'transmitting'))`;

/** More than 5,000 mails a day of one registered domain need SPF, DKIM and DMARC (F33, standards 2, 12). */
@Injectable()
export class DomainVolume {
  /** @returns how many mails the domain of the mailbox may still send today (UTC); without end when it is ready */
  async roomOf(db: Db, { workspaceId, id }: DueMailbox, now: Date): Promise<number> {
    const senders = await rows<{ id: string; fromAddress: string; perDay: number; ready: boolean }>(db, SENDERS, [
      workspaceId,
      MAILS_WITHOUT_ALL_THREE,
    ]);
    const own = senders.find((sender) => sender.id === id);
    if (!own || own.ready) return Infinity;
    const primary = primaryDomainOf(domainOf(own.fromAddress));
    const together = senders.filter(({ fromAddress }) => primaryDomainOf(domainOf(fromAddress)) === primary);
    if (together.reduce((sum, { perDay }) => sum + perDay, 0) <= MAILS_WITHOUT_ALL_THREE) return Infinity;
    const sent = await firstRow<{ count: number }>(db, SENT, [workspaceId, together.map((sender) => sender.id), midnightBefore(now)]);
    return Math.max(0, MAILS_WITHOUT_ALL_THREE - (sent?.count ?? 0));
  }
}
