import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Calendar } from '../../../domain/calendar.js';
import type { RecipientPlace } from '../../../domain/country-zones.js';
import type { Lane } from '../../../domain/fair-share.js';
import { midnightBefore } from '../../../domain/mailbox-pace.js';
import type { SimulatedLimits } from '../../../domain/mail-simulation.js';
import type { SendWindow } from '../../../domain/send-window.js';
import { type QueuedMail, type Turn, turnsIn } from '../../../domain/turn-estimate.js';
import { breathing } from '../../../platform/breathing.js';
import { rows } from '../../../platform/database/sql.js';
import { RECIPIENT_PLACE, withCalendars } from '../../prospects/recipient-place.service.js';
import type { PaceNow } from '../limits/pace.queries.js';
import { sentToday, takenToday } from '../limits/queues.queries.js';
import { RECIPIENT_LIMITS, recipientDomain, recipientLimits, type RecipientLimits } from '../limits/recipient-limits.queries.js';

/** A mailbox at its fastest sends this in months: whoever stands behind them has no time yet. */
const LOOKED_AT = 20_000;

/** What waits in a mailbox and is not held by its campaign or its sequence: as \`STEP_ASIDE\` of the claim has it. */
const QUEUE = `
  SELECT m.id, m.lane, m.campaign_id AS "campaignId", m.next_at AS "nextAt", m.to_address AS "toAddress", ca.weight, ca.per_day AS "perDay",
         CASE WHEN planned.yes THEN ca.send_window END AS "window", ${RECIPIENT_LIMITS}, ${RECIPIENT_PLACE}
    FROM messages m
    JOIN workspaces w ON w.id = m.workspace_id
   CROSS JOIN LATERAL (SELECT m.source = 'sequence' AND m.enrollment_id IS NOT NULL AS yes) planned
    LEFT JOIN contacts c ON c.workspace_id = $1 AND c.id = m.contact_id
    LEFT JOIN prospects p ON p.workspace_id = $1 AND p.id = m.prospect_id
    LEFT JOIN enrollments e ON e.workspace_id = $1 AND e.id = m.enrollment_id
    LEFT JOIN campaigns ca ON ca.workspace_id = $1 AND ca.id = m.campaign_id
   WHERE m.workspace_id = $1 AND m.mailbox_id = $2 AND m.state = 'scheduled' AND m.next_at IS NOT NULL
     AND (NOT planned.yes OR ca.state = 'running' AND e.state = 'active')
   ORDER BY m.next_at, m.id LIMIT ${String(LOOKED_AT)}`;

interface QueueRow extends Calendar {
  readonly id: string;
  readonly lane: Lane;
  readonly campaignId: string | null;
  readonly nextAt: Date;
  readonly toAddress: string;
  readonly weight: number | null;
  readonly perDay: number | null;
  readonly window: SendWindow | null;
  readonly recipientLimits: RecipientLimits;
}

/** Says when mails are due to leave their mailbox, behind the others that wait there. */
@Injectable()
export class Turns {
  constructor(private readonly db: DataSource) {}

  /**
   * @param opening  for mails whose gates have been asked, when these are open; null leaves a mail out of the queue. All
   *   others are taken to leave as soon as they are due
   */
  async of(
    mailbox: { readonly workspaceId: string; readonly id: string; readonly pace: PaceNow; readonly now: Date },
    opening: ReadonlyMap<string, Date | null>,
  ): Promise<ReadonlyMap<string, Turn>> {
    if ([...opening.values()].every((at) => at === null)) return new Map();
    const found = await rows<Omit<QueueRow, keyof Calendar> & { readonly place: RecipientPlace }>(this.db, QUEUE, [mailbox.workspaceId, mailbox.id]);
    const queue = (await withCalendars(found, mailbox.now)).filter(({ id }) => opening.get(id) !== null);
    const mails = queue.map(({ id, lane, campaignId, window, zone, holidays, nextAt, toAddress }): QueuedMail => {
      const readyAt = (opening.get(id) ?? nextAt).getTime();
      return { id, lane, campaignId, window, zone, holidays, readyAt, domain: recipientDomain(toAddress) };
    });
    return breathing(turnsIn(mailbox.id, mails, await this.limitsOf(mailbox, queue)));
  }

  private async limitsOf(
    { workspaceId, id, pace, now }: { readonly workspaceId: string; readonly id: string; readonly pace: PaceNow; readonly now: Date },
    queue: readonly QueueRow[],
  ): Promise<SimulatedLimits> {
    const midnight = midnightBefore(now, pace.zone);
    const campaigns = new Map(
      queue.flatMap(({ campaignId, weight, perDay }) => (campaignId === null ? [] : [[campaignId, { weight: weight ?? 1, perDay }]])),
    );
    const limited = [...campaigns].flatMap(([campaignId, { perDay }]) => (perDay === null ? [] : [campaignId]));
    const sent = limited.length === 0 ? new Map<string, number>() : await sentToday(this.db, workspaceId, limited, midnight);
    const oneOfEach = new Map(queue.map((mail) => [recipientDomain(mail.toAddress), mail]));
    const recipients = await recipientLimits(this.db, workspaceId, [...oneOfEach.values()], now);
    const taken = await takenToday(this.db, { workspaceId, id }, midnight);
    return {
      ...{ now, zone: pace.zone, mailboxes: [{ ...pace, id }] },
      campaigns: [...campaigns].map(([campaignId, campaign]) => ({ id: campaignId, ...campaign, today: sent.get(campaignId) ?? 0 })),
      recipientDomain: (domain) => recipients.get(domain) ?? null,
      taken: taken.map(({ taken: mails, ...queueOf }) => ({ mailboxId: id, mails, ...queueOf })),
    };
  }
}
