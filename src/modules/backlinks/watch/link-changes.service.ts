import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { AgreedRel } from '../../../domain/agreement-rules.js';
import { Conflict, NotFound } from '../../../domain/errors.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock } from '../../../platform/clock.js';
import { rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { changeRow } from '../../../platform/database/versioned.js';
import type { IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import { wake } from '../../../platform/jobs/work-loops.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { findBacklink, type BacklinkRow } from '../backlinks.queries.js';
import { checkSoon, lockSiteOf } from '../link-place.queries.js';
import { LinkReports } from '../reports/link-reports.service.js';

/** What a person may change; what is left out stays. */
export interface LinkChangeInput {
  readonly sourceUrl?: string;
  readonly expectedAnchor?: string | null;
  readonly expectedRel?: 'any' | readonly AgreedRel[];
  readonly required?: boolean;
  readonly topValue?: boolean;
  readonly externalRef?: string | null;
}

/** Changes of what is asked of a link, and of where it stands. */
@Injectable()
export class LinkChanges {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly reports: LinkReports,
  ) {}

  /**
   * The link is judged by the new terms at its next check, which is now wherever a page is known.
   * @throws NotFound, VersionMismatch, RuleViolation `target_not_public`, Conflict `link_closed`, `already_reported`, `external_ref_taken`
   */
  async change(actor: Actor, id: string, input: LinkChangeInput, ifVersion: IfVersion): Promise<void> {
    const source = input.sourceUrl === undefined ? undefined : { url: input.sourceUrl, key: await this.reports.publicKeyOf(input.sourceUrl) };
    await transact(this.db, async (tx) => {
      const link = await this.lock(tx, actor, id);
      if (link.state === 'closed') throw new Conflict('link_closed', 'This link is closed: it is no longer watched.');
      const { expectedAnchor, expectedRel, required, topValue, externalRef } = input;
      await changeRow(
        tx,
        { table: 'backlinks', thing: 'backlink', workspaceId: actor.workspaceId, id, ifVersion },
        {
          ...{ expected_anchor: expectedAnchor, expected_rel: expectedRel === 'any' ? null : expectedRel, required, top_value: topValue },
          external_ref: externalRef,
          ...(source && { source_url: source.url, source_key: source.key }),
        },
      );
      if (source && link.sourceUrl !== source.url) await this.movePage(tx, actor, link, source.url);
      await forgetClaim(tx, actor.workspaceId, id);
      if (source ?? link.sourceUrl) await checkSoon(tx, actor.workspaceId, id, { by: 'person', at: this.clock.now() });
      await audit(tx, actor, { action: 'backlink.changed', subjectId: id, at: this.clock.now() });
      await wake(tx, 'check');
    });
  }

  /** What was missed or seen at the old address says nothing of the new one. A first address is a report, and moves the link as one. */
  private async movePage(tx: EntityManager, actor: Actor, { id, state, sourceUrl }: BacklinkRow, to: string): Promise<void> {
    await rows(
      tx,
      `UPDATE backlinks SET negative_checks = 0, first_negative_at = NULL, unknown_checks = 0, miss_codes = '{}', sign_codes = '{}', seen_looks = NULL,
              new_looks = NULL, fetched_at = NULL WHERE workspace_id = $1 AND id = $2`,
      [actor.workspaceId, id],
    );
    if (state === 'expected') {
      await this.pipeline.record(tx, actor, { kind: 'link_reported', backlinkId: id, pitchId: null });
      return;
    }
    await this.pipeline.record(tx, actor, { kind: 'link_changed', backlinkId: id, changes: [{ field: 'pageUrl', before: sourceUrl, after: to }] });
  }

  private async lock(tx: EntityManager, actor: Actor, id: string): Promise<BacklinkRow> {
    const known = await findBacklink(tx, actor.workspaceId, id);
    if (!known) throw new NotFound('backlink');
    await lockSiteOf(tx, actor.workspaceId, known.opportunityId);
    return (await findBacklink(tx, actor.workspaceId, id)) ?? known;
  }
}

/** A check under way judges by the old terms: its verdict is not taken. */
async function forgetClaim(tx: EntityManager, workspaceId: string, id: string): Promise<void> {
  await rows(tx, 'UPDATE backlinks SET claimed_until = NULL, claim_token = NULL, queued_for = NULL WHERE workspace_id = $1 AND id = $2', [
    workspaceId,
    id,
  ]);
}
