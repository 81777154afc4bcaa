import type { EntityManager } from 'typeorm';
import { isFreeMail } from '../../../domain/free-mail.js';
import { midnightBefore } from '../../../domain/mailbox-pace.js';
import type { ForecastLimits } from '../../../domain/send-forecast.js';
import type { SendWindow } from '../../../domain/send-window.js';
import type { SimulatedPace } from '../../../domain/simulated-mailbox.js';
import { HOUR_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';

type Db = Pick<EntityManager, 'query'>;

interface Settings {
  readonly zone: string;
  readonly window: SendWindow | null;
  readonly weight: number;
  readonly perDay: number | null;
  readonly senderDomainPerDay: number | null;
  readonly perDomain: number | null;
  readonly perFreeMailHost: number | null;
}

const SETTINGS = `
  SELECT w.time_zone AS zone, c.send_window AS "window", c.weight, c.per_day AS "perDay", w.sender_domain_per_day AS "senderDomainPerDay",
         w.recipient_domain_per_day AS "perDomain", w.free_mail_host_per_day AS "perFreeMailHost"
    FROM campaigns c JOIN workspaces w ON w.id = c.workspace_id WHERE c.workspace_id = $1 AND c.id = $2`;

/** Every mailbox of the domains that the campaign sends from: they share a limit. \`own\`: one that the campaign may use. */
const MAILBOXES = `
  WITH own AS (SELECT mb.id, lower(substring(mb.from_address FROM '[^@]*$')) AS domain
    FROM campaign_mailboxes cm JOIN mailboxes mb ON mb.workspace_id = $1 AND mb.id = cm.mailbox_id
   WHERE cm.workspace_id = $1 AND cm.campaign_id = $2 AND mb.state = 'connected')
  SELECT mb.id, lower(substring(mb.from_address FROM '[^@]*$')) AS domain, mb.id IN (SELECT id FROM own) AS own, mb.per_day AS "perDay",
         mb.per_hour AS "perHour", mb.gap_seconds AS "gapSeconds", mb.next_at AS "nextAt", mb.send_window AS "window",
         mb.ramp_start AS "rampStart", mb.ramp_step AS "rampStep", mb.ramp_days AS "rampDays", used.today, used."lastHour", used."oldestInHourAt"
    FROM mailboxes mb CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE m.sent_at >= $3)::int AS today, count(*) FILTER (WHERE m.sent_at > $4)::int AS "lastHour",
             min(m.sent_at) FILTER (WHERE m.sent_at > $4) AS "oldestInHourAt"
        FROM messages m
       WHERE m.workspace_id = $1 AND m.mailbox_id = mb.id AND m.direction = 'out' AND m.sent_at IS NOT NULL
         AND m.sent_at >= LEAST($3::timestamptz, $4::timestamptz)) used
   WHERE mb.workspace_id = $1 AND lower(substring(mb.from_address FROM '[^@]*$')) IN (SELECT domain FROM own)
   ORDER BY mb.created_at, mb.id`;

interface FoundMailbox extends Omit<SimulatedPace, 'ramp' | 'zone' | 'senderDomain'> {
  readonly own: boolean;
  readonly rampStart: number | null;
  readonly rampStep: number | null;
  readonly rampDays: number;
}

const GOT_TODAY = `
  SELECT lower(substring(to_address FROM '[^@]*$')) AS domain, count(*)::int AS mails FROM messages
   WHERE workspace_id = $1 AND direction = 'out' AND sent_at IS NOT NULL AND sent_at >= $2 GROUP BY 1`;

/** All that bounds what a campaign sends, as it stands now. */
export async function loadForecastLimits(db: Db, workspaceId: string, campaignId: string, now: Date): Promise<ForecastLimits | undefined> {
  const settings = await firstRow<Settings>(db, SETTINGS, [workspaceId, campaignId]);
  if (!settings) return undefined;
  const { zone, window, weight, perDay } = settings;
  const midnight = midnightBefore(now, zone);
  const found = await rows<FoundMailbox>(db, MAILBOXES, [workspaceId, campaignId, midnight, new Date(now.getTime() - HOUR_MS)]);
  const sent = await firstRow<{ today: number }>(
    db,
    `SELECT count(*)::int AS today FROM messages
      WHERE workspace_id = $1 AND campaign_id = $2 AND direction = 'out' AND sent_at IS NOT NULL AND sent_at >= $3`,
    [workspaceId, campaignId, midnight],
  );
  return {
    ...{ now, zone, window, campaignId, campaigns: [{ id: campaignId, weight, perDay, today: sent?.today ?? 0 }] },
    mailboxes: found.filter(({ own }) => own).map((mailbox) => paceOf(mailbox, found, settings)),
    recipientDomain: await recipientLimit(db, workspaceId, settings, midnight),
  };
}

/** Its ramp counts the days on which it has sent, and the rest of today is one of them. */
function paceOf(mailbox: FoundMailbox, all: readonly FoundMailbox[], { zone, senderDomainPerDay }: Settings): SimulatedPace {
  const { rampStart, rampStep, rampDays, ...pace } = mailbox;
  const daysBefore = Math.max(0, rampDays - (mailbox.today > 0 ? 1 : 0));
  const sisters = all.filter(({ domain }) => domain === mailbox.domain);
  return {
    ...pace,
    zone,
    ramp: rampStart === null || rampStep === null ? null : { start: rampStart, step: rampStep, daysBefore },
    senderDomain: senderDomainPerDay === null ? null : { perDay: senderDomainPerDay, today: sisters.reduce((sum, { today }) => sum + today, 0) },
  };
}

async function recipientLimit(
  db: Db,
  workspaceId: string,
  { perDomain, perFreeMailHost }: Settings,
  midnight: Date,
): Promise<NonNullable<ForecastLimits['recipientDomain']>> {
  if (perDomain === null && perFreeMailHost === null) return () => null;
  const got = await rows<{ domain: string; mails: number }>(db, GOT_TODAY, [workspaceId, midnight]);
  const today = new Map(got.map(({ domain, mails }) => [domain, mails]));
  return (domain) => {
    const perDay = isFreeMail(domain) ? perFreeMailHost : perDomain;
    return perDay === null ? null : { perDay, today: today.get(domain) ?? 0 };
  };
}
