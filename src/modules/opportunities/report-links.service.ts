import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock, DAY_MS } from '../../platform/clock.js';
import { firstRow } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { newId } from '../../platform/ids.js';
import { hashToken, newToken } from '../../platform/secrets/tokens.js';
import { LinkDomains } from '../projects/link-domains.service.js';
import { ReportLink } from './report-link.entity.js';

/** Half a year: guest posts take their time. */
const VALID_MS = 180 * DAY_MS;

export interface MadeReportLink {
  /** The only place where the token ever stands. */
  readonly url: string;
  readonly expiresAt: Date;
}

/** Addresses where a prospect says "your link is live", without a login. */
@Injectable()
export class ReportLinks {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly linkDomains: LinkDomains,
  ) {}

  /** For the API. @throws NotFound for an unknown opportunity, or a contact of another site */
  create(actor: Actor, opportunityId: string, contactId: string | undefined): Promise<MadeReportLink> {
    return transact(this.db, async (tx) => {
      const { projectId } = await requireSubjects(tx, actor.workspaceId, opportunityId, contactId);
      const base = await this.linkDomains.baseOf(actor.workspaceId, { mailboxId: null, projectId });
      const made = await this.make(tx, actor.workspaceId, { opportunityId, contactId, base });
      await audit(tx, actor, { action: 'report_link.made', subjectType: 'opportunity', subjectId: opportunityId, at: this.clock.now() });
      return made;
    });
  }

  /** Each call makes a link of its own. The caller knows that opportunity and contact belong together. */
  async make(
    tx: EntityManager,
    workspaceId: string,
    subject: { readonly opportunityId: string; readonly contactId?: string | undefined; readonly base: string },
  ): Promise<MadeReportLink> {
    const token = newToken();
    const createdAt = this.clock.now();
    const expiresAt = new Date(createdAt.getTime() + VALID_MS);
    await tx.insert(ReportLink, {
      workspaceId,
      id: newId(),
      tokenHash: hashToken(token),
      opportunityId: subject.opportunityId,
      contactId: subject.contactId ?? null,
      expiresAt,
      createdAt,
    });
    return { url: `${subject.base}/r/${token}`, expiresAt };
  }
}

async function requireSubjects(
  tx: EntityManager,
  workspaceId: string,
  opportunityId: string,
  contactId: string | undefined,
): Promise<{ readonly projectId: string }> {
  const card = await firstRow<{ prospectId: string; projectId: string }>(
    tx,
    'SELECT prospect_id AS "prospectId", project_id AS "projectId" FROM opportunities WHERE workspace_id = $1 AND id = $2',
    [workspaceId, opportunityId],
  );
  if (!card) throw new NotFound('opportunity');
  if (contactId === undefined) return card;
  const contact = await firstRow(tx, 'SELECT FROM prospect_contacts WHERE workspace_id = $1 AND prospect_id = $2 AND contact_id = $3', [
    workspaceId,
    card.prospectId,
    contactId,
  ]);
  if (!contact) throw new NotFound('contact', '/contactId');
  return card;
}
