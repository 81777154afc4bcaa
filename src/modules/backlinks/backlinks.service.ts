import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, NotFound, RuleViolation } from '../../domain/errors.js';
import { nextCheckAt } from '../../domain/check-cadence.js';
import type { BacklinkState } from '../../domain/machines/backlink.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock, DAY_MS } from '../../platform/clock.js';
import { creationKey } from '../../platform/database/creation-order.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import type { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { page, readPage, type Page } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import { wake } from '../../platform/jobs/work-loops.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import type { Attested } from './attested.js';
import {
  BACKLINK_LIST,
  CHECK_LIST,
  findBacklink,
  findCheck,
  findCheckDetail,
  listBacklinks,
  listChecks,
  type BacklinkRow,
  type CheckDetail,
  type CheckRow,
} from './backlinks.queries.js';
import { checkSoon, lockSiteOf } from './link-place.queries.js';
import { LinkReports } from './reports/link-reports.service.js';

/** A person's word stands for so long at most; then the page wants another look (state-model 1). */
const ATTESTED_FOR_MS = 30 * DAY_MS;

export interface BacklinkWithCheck {
  readonly row: BacklinkRow;
  readonly lastCheck: CheckRow | undefined;
}

@Injectable()
export class Backlinks {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly reports: LinkReports,
  ) {}

  async list(actor: Actor, query: PageQuery): Promise<Page<BacklinkRow>> {
    const list = readPage(query, BACKLINK_LIST);
    const found = await listBacklinks(this.db, actor, list);
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws NotFound */
  async get(actor: Actor, id: string): Promise<BacklinkWithCheck> {
    const row = await findBacklink(this.db, actor.workspaceId, id);
    if (!row) throw new NotFound('backlink');
    return { row, lastCheck: row.lastCheckId === null ? undefined : await findCheck(this.db, actor.workspaceId, row.lastCheckId) };
  }

  /** @throws NotFound */
  async checks(actor: Actor, id: string, query: PageQuery): Promise<Page<CheckRow>> {
    const list = readPage(query, CHECK_LIST);
    if (!(await findBacklink(this.db, actor.workspaceId, id))) throw new NotFound('backlink');
    const found = await listChecks(this.db, actor.workspaceId, id, list);
    return page(found, list.limit, (row) => [row.id], list.sort);
  }

  /**
   * One check with its evidence, and the link it was made for.
   * @throws NotFound
   */
  async check(actor: Actor, id: string, checkId: string): Promise<{ readonly link: BacklinkRow; readonly check: CheckDetail }> {
    const link = await findBacklink(this.db, actor.workspaceId, id);
    if (!link) throw new NotFound('backlink');
    const check = await findCheckDetail(this.db, actor.workspaceId, id, checkId);
    if (!check) throw new NotFound('check');
    return { link, check };
  }

  /** @throws NotFound, Conflict `nothing_to_check` for a link without an address or no longer watched */
  async checkNow(actor: Actor, id: string): Promise<void> {
    await transact(this.db, async (tx) => {
      const row = await findBacklink(tx, actor.workspaceId, id);
      if (!row) throw new NotFound('backlink');
      if (row.sourceUrl === null || row.state === 'closed') {
        throw new Conflict('nothing_to_check', row.state === 'closed' ? 'This link is closed.' : 'No page has been reported yet.');
      }
      await checkSoon(tx, actor.workspaceId, id, { by: 'person', at: this.clock.now() });
      await audit(tx, actor, { action: 'backlink.check_asked', subjectId: id, at: this.clock.now() });
      await wake(tx, 'check');
    });
  }

  /** @throws NotFound, VersionMismatch, IllegalTransition, RuleViolation `fact_required`, `target_not_public` */
  async move(
    actor: Actor,
    id: string,
    input: { readonly to: BacklinkState; readonly reason?: string; readonly sourceUrl?: string },
    ifVersion: IfVersion,
  ): Promise<void> {
    const { to, reason, sourceUrl } = input;
    const source = to === 'reported' && sourceUrl !== undefined ? { url: sourceUrl, key: await this.reports.publicKeyOf(sourceUrl) } : undefined;
    await transact(this.db, async (tx) => {
      await this.lock(tx, actor, id);
      if (source) {
        await rows(
          tx,
          `UPDATE backlinks SET source_url = $3, source_key = $4, negative_checks = 0, first_negative_at = NULL, unknown_checks = 0
            WHERE workspace_id = $1 AND id = $2`,
          [actor.workspaceId, id, source.url, source.key],
        );
        await checkSoon(tx, actor.workspaceId, id, { by: 'person', at: this.clock.now() });
        await wake(tx, 'check');
      }
      await this.pipeline.move(tx, actor, { machine: 'backlink', id, to, ifVersion, reason, given: source ? ['sourceUrl'] : [] });
      await audit(tx, actor, { action: 'backlink.moved', subjectId: id, at: this.clock.now(), details: { to } });
    });
  }

  /**
   * A person looked where the checks cannot see. Their word stands until `expiresAt`; then the link is due for another look.
   * @throws NotFound, IllegalTransition unless it needs review, RuleViolation `attestation_expiry`
   */
  async attest(actor: Actor, id: string, input: { readonly outcome: Attested; readonly note: string; readonly expiresAt: string }): Promise<void> {
    const now = this.clock.now();
    const expiresAt = new Date(input.expiresAt);
    if (expiresAt <= now || expiresAt.getTime() > now.getTime() + ATTESTED_FOR_MS) {
      throw RuleViolation.at('/expiresAt', 'attestation_expiry', 'An attestation ends within the next 30 days.');
    }
    const { outcome, note } = input;
    await transact(this.db, async (tx) => {
      const { paid } = await this.lock(tx, actor, id);
      await this.pipeline.move(tx, actor, { machine: 'backlink', id, to: outcome, ifVersion: '*', given: ['attestation'] });
      await rows(
        tx,
        `INSERT INTO attestations (workspace_id, id, backlink_id, outcome, note, actor_id, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [actor.workspaceId, newId(), id, outcome, note, actor.memberId, expiresAt, now],
      );
      const look = { state: outcome, since: now, verdict: 'live', unknownChecks: 0, firstNegativeAt: null, unconfirmed: false, paid } as const;
      await rows(
        tx,
        `UPDATE backlinks SET next_at = $3, review_due_at = $4, negative_checks = 0, first_negative_at = NULL, unknown_checks = 0
          WHERE workspace_id = $1 AND id = $2`,
        [actor.workspaceId, id, nextCheckAt(look, now, 0), outcome === 'live' || outcome === 'degraded' ? expiresAt : null],
      );
      await audit(tx, actor, { action: 'backlink.attested', subjectId: id, at: now, details: { outcome } });
    });
  }

  private async lock(tx: EntityManager, actor: Actor, id: string): Promise<{ readonly paid: boolean }> {
    const row = await firstRow<{ opportunityId: string | null; paid: boolean }>(
      tx,
      'SELECT opportunity_id AS "opportunityId", paid FROM backlinks WHERE workspace_id = $1 AND id = $2',
      [actor.workspaceId, id],
    );
    if (!row) throw new NotFound('backlink');
    await lockSiteOf(tx, actor.workspaceId, row.opportunityId);
    return row;
  }
}
