import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hasAllThree, judgeSender, type ReadinessFinding } from '../../../domain/domain-readiness.js';
import { domainOf } from '../../../domain/email-address.js';
import { NotFound } from '../../../domain/errors.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { primaryDomainOf, SenderDns } from './sender-dns.service.js';

export interface ReadinessReport {
  readonly domain: string;
  /** SPF, DKIM and DMARC are known to be there. */
  readonly ready: boolean;
  /** Empty, and `checkedAt` null, before the first look. */
  readonly findings: readonly ReadinessFinding[];
  readonly checkedAt: Date | null;
}

/** Whether receivers will believe the mail of a mailbox (F33). */
@Injectable()
export class Readiness {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly dns: SenderDns,
  ) {}

  /** What the last look found. @throws NotFound */
  async last({ workspaceId }: Actor, mailboxId: string): Promise<ReadinessReport> {
    const { fromAddress } = await this.mailbox(workspaceId, mailboxId);
    const domain = domainOf(fromAddress);
    const found = await firstRow<ReadinessReport>(
      this.db,
      `SELECT domain, ready, findings, checked_at AS "checkedAt" FROM domain_reports WHERE workspace_id = $1 AND mailbox_id = $2 AND domain = $3`,
      [workspaceId, mailboxId, domain],
    );
    return found ?? { domain, ready: false, findings: [], checkedAt: null };
  }

  /** Asks DNS now, and keeps what it says. @throws NotFound */
  async check(actor: Actor, mailboxId: string): Promise<ReadinessReport> {
    const { workspaceId } = actor;
    const { fromAddress, smtpHost, selector } = await this.mailbox(workspaceId, mailboxId);
    const domain = domainOf(fromAddress);
    const findings = judgeSender(await this.dns.read(domain, smtpHost, selector));
    const [ready, checkedAt] = [hasAllThree(findings), this.clock.now()];
    await transact(this.db, async (tx) => {
      await rows(
        tx,
        `INSERT INTO domain_reports (workspace_id, mailbox_id, domain, primary_domain, ready, findings, checked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (workspace_id, mailbox_id) DO UPDATE SET domain = excluded.domain, primary_domain = excluded.primary_domain, ready = excluded.ready,
           findings = excluded.findings, checked_at = excluded.checked_at`,
        [workspaceId, mailboxId, domain, primaryDomainOf(domain), ready, JSON.stringify(findings), checkedAt],
      );
      await audit(tx, actor, { action: 'mailbox.readiness_checked', subjectId: mailboxId, at: checkedAt, details: { ready } });
    });
    return { domain, ready, findings, checkedAt };
  }

  private async mailbox(workspaceId: string, id: string): Promise<{ fromAddress: string; smtpHost: string; selector: string | null }> {
    const found = await firstRow<{ fromAddress: string; smtpHost: string; selector: string | null }>(
      this.db,
      `SELECT from_address AS "fromAddress", smtp_host AS "smtpHost", dkim_selector AS selector FROM mailboxes WHERE workspace_id = $1 AND id = $2`,
      [workspaceId, id],
    );
    if (!found) throw new NotFound('mailbox');
    return found;
  }
}
