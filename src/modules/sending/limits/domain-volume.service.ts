import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { MAILS_WITHOUT_ALL_THREE } from '../../../domain/domain-readiness.js';
import { midnightBefore } from '../../../domain/mailbox-pace.js';
import { hot } from '../../../platform/database/preparing-client.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { primaryDomainOf } from '../../mailboxes/readiness/sender-dns.service.js';
import type { DueMailbox } from '../claim/sending.queries.js';
import { domainIn } from './pace.queries.js';

type Db = Pick<EntityManager, 'query'>;

const DOMAIN = domainIn('m.from_address');
const READY = `COALESCE(r.ready AND r.domain = split_part(m.from_address, '@', 2), false) AS ready`;
const REPORT = 'LEFT JOIN domain_reports r ON r.workspace_id = $1 AND r.mailbox_id = m.id';

const OWN = hot(`
  SELECT ${DOMAIN} AS domain, ${READY}, w.time_zone AS zone FROM mailboxes m JOIN workspaces w ON w.id = m.workspace_id ${REPORT}
   WHERE m.workspace_id = $1 AND m.id = $2`);

/**
 * By the end of the domain, along the index, where `~` sorts behind everything that a domain is made of; more than asked for,
 * as `notea.example` ends like `tea.example`.
 */
const SENDERS = hot(`
  SELECT m.id, ${DOMAIN} AS domain, m.per_day AS "perDay" FROM mailboxes m
   WHERE m.workspace_id = $1 AND reverse(${DOMAIN}) ~>=~ reverse($2) AND reverse(${DOMAIN}) ~<~ (reverse($2) || '~')`);
const SENT = `
  SELECT count(*)::int AS count FROM messages
   WHERE workspace_id = $1 AND mailbox_id = ANY ($2) AND direction = 'out'
     AND (COALESCE(sent_at, transmitting_at) >= $3 OR state IN ('claimed', 'transmitting'))`;

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
    const own = await firstRow<{ domain: string; ready: boolean; zone: string }>(db, OWN, [workspaceId, id]);
    if (!own || own.ready) return undefined;
    const domain = primaryDomainOf(own.domain);
    const senders = await rows<{ id: string; domain: string; perDay: number }>(db, SENDERS, [workspaceId, domain]);
    const together = senders.filter((sender) => primaryDomainOf(sender.domain) === domain);
    if (together.reduce((sum, { perDay }) => sum + perDay, 0) <= MAILS_WITHOUT_ALL_THREE) return undefined;
    return { domain, zone: own.zone, mailboxIds: together.map((sender) => sender.id) };
  }

  private async roomIn(db: Db, { workspaceId }: DueMailbox, { mailboxIds, zone }: BoundDomain, now: Date): Promise<number> {
    const sent = await firstRow<{ count: number }>(db, SENT, [workspaceId, mailboxIds, midnightBefore(now, zone)]);
    return Math.max(0, MAILS_WITHOUT_ALL_THREE - (sent?.count ?? 0));
  }
}
