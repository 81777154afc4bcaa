import type { EntityManager } from 'typeorm';
import { domainOf } from '../../../domain/email-address.js';
import { isFreeMail } from '../../../domain/free-mail.js';
import { midnightAfter, midnightBefore } from '../../../domain/mailbox-pace.js';
import type { RecipientLimit } from '../../../domain/send-decision.js';
import { rows } from '../../../platform/database/sql.js';
import { domainIn } from './pace.queries.js';

type Db = Pick<EntityManager, 'query'>;

export interface RecipientLimits {
  readonly zone: string;
  readonly perDomain: number | null;
  readonly perFreeMailHost: number | null;
}

/** A column of a statement that has the workspace as `w`. */
export const RECIPIENT_LIMITS = `json_build_object('zone', w.time_zone, 'perDomain', w.recipient_domain_per_day, 'perFreeMailHost', w.free_mail_host_per_day) AS "recipientLimits"`;

/** The mails asked about do not count themselves: whoever passes several adds them up. */
const USED = `
  SELECT domain, sum(mails)::int AS used FROM (
    SELECT ${domainIn('to_address')} AS domain, count(*) AS mails FROM messages
     WHERE workspace_id = $1 AND ${domainIn('to_address')} = ANY ($2) AND direction = 'out' AND sent_at IS NOT NULL AND sent_at >= $3 AND id <> ALL ($4) GROUP BY 1
    UNION ALL
    SELECT ${domainIn('to_address')}, count(*) FROM messages
     WHERE workspace_id = $1 AND ${domainIn('to_address')} = ANY ($2) AND id <> ALL ($4)
       AND (state IN ('claimed', 'transmitting') OR state = 'delivery_unknown' AND transmitting_at >= $3) GROUP BY 1) mails
   GROUP BY 1`;

/** What still may go to the domains of some mails today, by domain; empty where the workspace sets no such limit. */
export async function recipientLimits(
  db: Db,
  workspaceId: string,
  mails: readonly { readonly id: string; readonly toAddress: string; readonly recipientLimits: RecipientLimits }[],
  now: Date,
): Promise<ReadonlyMap<string, RecipientLimit>> {
  const limits = mails[0]?.recipientLimits; // of the workspace, so of all
  const perDay = (domain: string): number | null => (isFreeMail(domain) ? limits?.perFreeMailHost : limits?.perDomain) ?? null;
  const domains = [...new Set(mails.map(({ toAddress }) => recipientDomain(toAddress)))].filter((domain) => perDay(domain) !== null);
  if (!limits || domains.length === 0) return new Map();
  const ids = mails.map(({ id }) => id);
  const found = await rows<{ domain: string; used: number }>(db, USED, [workspaceId, domains, midnightBefore(now, limits.zone), ids]);
  const used = new Map(found.map((one) => [one.domain, one.used]));
  const opensAt = midnightAfter(now, limits.zone);
  return new Map(
    domains.map((domain): [string, RecipientLimit] => [domain, { domain, perDay: perDay(domain) ?? 0, today: used.get(domain) ?? 0, opensAt }]),
  );
}

export function recipientDomain(address: string): string {
  return domainOf(address).toLowerCase();
}
