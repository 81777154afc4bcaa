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
  SELECT m.id, m.from_address AS "fromAddress", m.per_day AS "perDay", w.time_zone AS zone,
         COALESCE(r.ready AND r.domain = split_part(m.from_address, '@', 2), false) AS ready
    FROM mailboxes m JOIN workspaces w ON w.id = m.workspace_id LEFT JOIN domain_reports r ON r.workspace_id = $1 AND r.mailbox_id = m.id
   WHERE m.workspace_id = $1 AND (SELECT sum(one.per_day) FROM mailboxes one WHERE one.workspace_id = $1) > $2`;

const SENT = `
  SELECT count(*)::int AS count FROM messages
   WHERE workspace_id = $1 AND mailbox_id = ANY ($2) AND direction = 'out'
     AND (COALESCE(sent_at, transmitting_at) >= $3 OR state IN ('claimed', 'transmitting'))`;

interface Sender {
  readonly id: string;
  readonly fromAddress: string;
  readonly perDay: number;
  readonly zone: string;
  readonly ready: boolean;
}

interface BoundDomain {
  readonly domain: string;
  readonly zone: string;
  readonly mailboxIds: readonly string[];
}

/** More than 5,000 mails a day of one registered domain need SPF, DKIM and DMARC (F33, standards 2, 12). */
@Injectable()
export class DomainVolume {
  /** @returns how many mails the domain of the mailbox may still send on this day of the workspace; without end when it is ready */
  async roomOf(db: Db, mailbox: DueMailbox, now: Date): Promise<number> {
    const bound = await this.boundBy(db, mailbox);
    return bound ? this.roomIn(db, mailbox, bound, now) : Infinity;
  }

  /** The same to decide by: until the transaction ends no other mailbox of the domain counts the same room. */
  async claimRoom(tx: Db, mailbox: DueMailbox, now: Date): Promise<number> {
    const bound = await this.boundBy(tx, mailbox);
    if (!bound) return Infinity;
    await rows(tx, `SELECT pg_advisory_xact_lock(hashtextextended('volume of ' || $1 || ' ' || $2, 0))`, [mailbox.workspaceId, bound.domain]);
    return this.roomIn(tx, mailbox, bound, now);
  }

  /** The mailboxes that share the limit; undefined where none holds. */
  private async boundBy(db: Db, { workspaceId, id }: DueMailbox): Promise<BoundDomain | undefined> {
    const senders = await rows<Sender>(db, SENDERS, [workspaceId, MAILS_WITHOUT_ALL_THREE]);
    const own = senders.find((sender) => sender.id === id);
    if (!own || own.ready) return undefined;
    const domain = primaryDomainOf(domainOf(own.fromAddress));
    const together = senders.filter(({ fromAddress }) => primaryDomainOf(domainOf(fromAddress)) === domain);
    if (together.reduce((sum, { perDay }) => sum + perDay, 0) <= MAILS_WITHOUT_ALL_THREE) return undefined;
    return { domain, zone: own.zone, mailboxIds: together.map((sender) => sender.id) };
  }

  private async roomIn(db: Db, { workspaceId }: DueMailbox, { mailboxIds, zone }: BoundDomain, now: Date): Promise<number> {
    const sent = await firstRow<{ count: number }>(db, SENT, [workspaceId, mailboxIds, midnightBefore(now, zone)]);
    return Math.max(0, MAILS_WITHOUT_ALL_THREE - (sent?.count ?? 0));
  }
}
