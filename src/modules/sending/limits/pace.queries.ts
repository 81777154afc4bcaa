import type { EntityManager } from 'typeorm';
import { type MailboxPace, midnightBefore } from '../../../domain/mailbox-pace.js';
import type { SendWindow } from '../../../domain/send-window.js';
import { HOUR_MS } from '../../../platform/clock.js';
import { hot } from '../../../platform/database/preparing-client.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { localDay } from './local-day.js';

type Db = Pick<EntityManager, 'query'>;

interface MailboxKey {
  readonly workspaceId: string;
  readonly id: string;
}

/** The domain of an address, written as the index on it is. */
export const domainIn = (column: string): string => `lower(substring(${column} FROM '[^@]*$'))`;

const SETTINGS = hot(`
  SELECT mb.per_day AS "perDay", mb.per_hour AS "perHour", mb.gap_seconds AS "gapSeconds", mb.next_at AS "nextAt", mb.send_window AS "window",
         mb.ramp_start AS "rampStart", mb.ramp_step AS "rampStep", mb.ramp_days AS "rampDays", mb.ramp_on::text AS "rampOn",
         ${domainIn('mb.from_address')} AS domain, w.time_zone AS zone, w.sender_domain_per_day AS "senderDomainPerDay",
         w.sender_domain_per_day IS NOT NULL OR w.recipient_domain_per_day IS NOT NULL OR w.free_mail_host_per_day IS NOT NULL
           OR EXISTS (SELECT FROM campaigns ca WHERE ca.workspace_id = $1 AND ca.per_day IS NOT NULL AND ca.state = 'running') AS shared
    FROM mailboxes mb JOIN workspaces w ON w.id = mb.workspace_id
   WHERE mb.workspace_id = $1 AND mb.id = $2`);

interface Settings {
  readonly perDay: number;
  readonly perHour: number;
  readonly gapSeconds: number;
  readonly nextAt: Date;
  readonly window: SendWindow | null;
  readonly rampStart: number | null;
  readonly rampStep: number | null;
  readonly rampDays: number;
  readonly rampOn: string | null;
  readonly domain: string;
  readonly zone: string;
  readonly senderDomainPerDay: number | null;
  readonly shared: boolean;
}

/** Mails on their way count as sent, and so do those of unknown fate: a limit is never broken by what we cannot know. */
const USED = hot(`
  SELECT count(*) FILTER (WHERE at >= $3::timestamptz)::int AS today, count(*) FILTER (WHERE at > $4::timestamptz)::int AS "lastHour",
         min(at) FILTER (WHERE at > $4) AS "oldestInHourAt"
    FROM (SELECT sent_at AS at FROM messages
           WHERE workspace_id = $1 AND mailbox_id = ANY ($2) AND direction = 'out' AND sent_at IS NOT NULL AND sent_at >= LEAST($3::timestamptz, $4::timestamptz)
          UNION ALL
          SELECT transmitting_at FROM messages
           WHERE workspace_id = $1 AND mailbox_id = ANY ($2) AND state = 'delivery_unknown' AND transmitting_at >= LEAST($3::timestamptz, $4::timestamptz)
          UNION ALL
          SELECT $5::timestamptz FROM messages WHERE workspace_id = $1 AND mailbox_id = ANY ($2) AND state IN ('claimed', 'transmitting')) handed_over`);

type Used = Pick<MailboxPace, 'today' | 'lastHour' | 'oldestInHourAt'>;

export type PaceNow = MailboxPace & {
  readonly nextAt: Date;
  readonly zone: string;
  /** Some limit is wider than the mailbox. */
  readonly shared: boolean;
};

/**
 * What a mailbox may do and has done. To decide by it, hold the mailbox's row; where limits are wider than that this waits for
 * the other mailboxes of the workspace until the transaction ends, with `lock`: two never count the same room.
 */
export async function loadPace(db: Db, mailbox: MailboxKey, now: Date, lock = false): Promise<PaceNow> {
  const { workspaceId, id } = mailbox;
  const settings = await firstRow<Settings>(db, SETTINGS, [workspaceId, id]);
  if (!settings) throw new Error('The mailbox is gone.');
  const { rampStart, rampStep, rampDays, rampOn, domain, senderDomainPerDay, ...rest } = settings;
  if (settings.shared && lock) await rows(db, `SELECT pg_advisory_xact_lock(hashtextextended('limits of ' || $1, 0))`, [workspaceId]);
  const used = await usedBy(db, workspaceId, [id], { now, zone: settings.zone });
  const sentToday = rampOn === localDay(now, settings.zone);
  return {
    ...rest,
    ...used,
    ramp: rampStart === null || rampStep === null ? null : { start: rampStart, step: rampStep, daysBefore: rampDays - (sentToday ? 1 : 0) },
    senderDomain:
      senderDomainPerDay === null
        ? null
        : { perDay: senderDomainPerDay, today: await usedByDomain(db, workspaceId, domain, { now, zone: settings.zone }) },
  };
}

interface When {
  readonly now: Date;
  readonly zone: string;
}

async function usedBy(db: Db, workspaceId: string, mailboxIds: readonly string[], { now, zone }: When): Promise<Used> {
  const hourAgo = new Date(now.getTime() - HOUR_MS);
  const used = await firstRow<Used>(db, USED, [workspaceId, mailboxIds, midnightBefore(now, zone), hourAgo, now]);
  return used ?? { today: 0, lastHour: 0, oldestInHourAt: null };
}

async function usedByDomain(db: Db, workspaceId: string, domain: string, when: When): Promise<number> {
  const found = await rows<{ id: string }>(
    db,
    `SELECT id FROM mailboxes WHERE workspace_id = $1 AND reverse(${domainIn('from_address')}) = reverse($2)`,
    [workspaceId, domain],
  );
  const { today } = await usedBy(
    db,
    workspaceId,
    found.map(({ id }) => id),
    when,
  );
  return today;
}

/** A day on which the mailbox sends makes its ramp grow for the next. */
export async function countRampDay(tx: Db, { workspaceId, id }: MailboxKey, now: Date, zone: string): Promise<void> {
  await rows(
    tx,
    `UPDATE mailboxes SET ramp_days = ramp_days + 1, ramp_on = $3::date
      WHERE workspace_id = $1 AND id = $2 AND ramp_start IS NOT NULL AND ramp_on IS DISTINCT FROM $3::date`,
    [workspaceId, id, localDay(now, zone)],
  );
}
