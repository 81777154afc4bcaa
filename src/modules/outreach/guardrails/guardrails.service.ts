import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { brokenGuardrail, type GuardCode, type GuardNumbers, guardrailReason } from '../../../domain/guardrail.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { wake, WorkLoops } from '../../../platform/jobs/work-loops.js';
import { OwnerNotices } from '../../workspaces/owner-notices.service.js';
import { CampaignRuns } from '../runs/campaign-runs.service.js';

type Db = Pick<EntityManager, 'query'>;

/**
 * Asks for a look at the campaign of a mail that came back or was called spam. For the transaction that notes it: the look
 * itself comes after, since it would lock a campaign behind its sites.
 */
export async function askGuardrails(tx: Db, workspaceId: string, messageId: string, at: Date): Promise<void> {
  await rows(
    tx,
    `INSERT INTO guard_checks (workspace_id, campaign_id, asked_at)
     SELECT m.workspace_id, m.campaign_id, $3 FROM messages m WHERE m.workspace_id = $1 AND m.id = $2 AND m.campaign_id IS NOT NULL
     -- an update even so: whoever looks at this moment waits for us, and counts us
     ON CONFLICT (workspace_id, campaign_id) DO UPDATE SET asked_at = excluded.asked_at`,
    [workspaceId, messageId, at],
  );
  await wake(tx, 'guard');
}

/** Holds campaigns whose mail comes back or is called spam too often, and tells the owners (F34). Loop: `guard`. */
@Injectable()
export class Guardrails implements OnModuleInit {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly loops: WorkLoops,
    private readonly runs: CampaignRuns,
    private readonly owners: OwnerNotices,
  ) {}

  onModuleInit(): void {
    this.loops.add('guard', () => this.lookAtOne());
  }

  private lookAtOne(): Promise<boolean> {
    return transact(this.db, async (tx) => {
      const asked = await firstRow<{ workspaceId: string; campaignId: string }>(
        tx,
        `/* all-workspaces: one guard looks after everyone */
         DELETE FROM guard_checks WHERE (workspace_id, campaign_id) IN (
           SELECT workspace_id, campaign_id FROM guard_checks ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING workspace_id AS "workspaceId", campaign_id AS "campaignId"`,
        [],
      );
      if (!asked) return false;
      const { workspaceId, campaignId } = asked;
      const numbers = await countMails(tx, workspaceId, campaignId);
      const code = brokenGuardrail(numbers);
      if (code !== undefined) await this.hold(tx, workspaceId, campaignId, { code, numbers });
      return true;
    });
  }

  private async hold(
    tx: EntityManager,
    workspaceId: string,
    campaignId: string,
    guardrail: { readonly code: GuardCode; readonly numbers: GuardNumbers },
  ): Promise<void> {
    const held = await this.runs.holdByGuardrail(tx, systemActor(workspaceId), campaignId, guardrail);
    if (!held) return;
    const campaign = await firstRow<{ name: string }>(tx, 'SELECT name FROM campaigns WHERE workspace_id = $1 AND id = $2', [
      workspaceId,
      campaignId,
    ]);
    const values = { campaignName: campaign?.name ?? '', reason: guardrailReason(guardrail.code, guardrail.numbers) };
    await this.owners.notifyOwners(tx, workspaceId, { mail: 'campaign-held', values, path: `/campaigns/${campaignId}` });
  }
}

/** Since somebody let it go on after a guardrail, else since it began. A mail refused at once was sent as far as this goes. */
async function countMails(tx: Db, workspaceId: string, campaignId: string): Promise<GuardNumbers> {
  const counted = await firstRow<GuardNumbers>(
    tx,
    `SELECT count(*)::int AS sent, count(*) FILTER (WHERE facts.bounced)::int AS bounced, count(*) FILTER (WHERE facts.complained)::int AS complained
       FROM messages m
       JOIN campaigns c ON c.workspace_id = $1 AND c.id = m.campaign_id
      CROSS JOIN LATERAL (
        SELECT COALESCE(bool_or(f.fact = 'bounced_hard'), false) AS bounced, COALESCE(bool_or(f.fact = 'complained'), false) AS complained
          FROM message_facts f WHERE f.workspace_id = $1 AND f.message_id = m.id) facts
      WHERE m.workspace_id = $1 AND m.campaign_id = $2 AND m.direction = 'out' AND (m.state = 'sent' OR facts.bounced)
        AND COALESCE(m.sent_at, m.transmitting_at, m.created_at) >= COALESCE(c.counted_from, '-infinity')`,
    [workspaceId, campaignId],
  );
  return counted ?? { sent: 0, bounced: 0, complained: 0 };
}
