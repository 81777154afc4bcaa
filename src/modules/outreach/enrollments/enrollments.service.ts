import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, NotFound } from '../../../domain/errors.js';
import { FOLLOW_UPS } from '../../../domain/fair-share.js';
import type { EnrollmentState } from '../../../domain/machines/enrollment.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock, HOUR_MS } from '../../../platform/clock.js';
import { creationKey } from '../../../platform/database/creation-order.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import type { IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import type { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { page, readPage, type Page } from '../../../platform/http/lists/paging.js';
import { newId } from '../../../platform/ids.js';
import { wake } from '../../../platform/jobs/work-loops.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { type NamedThing, requireInside } from '../../projects/project-border.service.js';
import { EnrollmentPlaces, type EnrollmentPlace } from './enrollment-places.service.js';
import {
  ENROLLMENT_LIST,
  findEnrollment,
  listEnrollments,
  shareCampaign,
  type CampaignToEnrollIn,
  type EnrollmentRow,
} from './enrollments.queries.js';
import { StepSkips } from '../planning/step-skips.service.js';
import { takeUp, UNDER_WAY } from '../outreach.queries.js';

export interface NewEnrollment {
  readonly campaignId: string;
  readonly contactId: string;
  readonly opportunityId?: string | undefined;
}

export interface Enrolled {
  readonly id: string;
  readonly opportunityId: string;
  /** False when the contact was enrolled in this campaign already. */
  readonly created: boolean;
}

export interface EnrollmentMove {
  readonly to: EnrollmentState;
  readonly reason?: string;
  /** To go on: follow-ups that were due longer ago are skipped. */
  readonly maxLatenessHours?: number;
}

/** Contacts going through the sequence of a campaign. */
@Injectable()
export class Enrollments {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly places: EnrollmentPlaces,
    private readonly skips: StepSkips,
  ) {}

  async list(actor: Actor, query: PageQuery): Promise<Page<EnrollmentRow>> {
    const list = readPage(query, ENROLLMENT_LIST);
    return page(await listEnrollments(this.db, actor, list), list.limit, creationKey, list.sort);
  }

  /** @throws NotFound */
  async get(actor: Actor, id: string): Promise<EnrollmentRow> {
    const row = await findEnrollment(this.db, actor.workspaceId, id);
    if (!row) throw new NotFound('enrollment');
    return row;
  }

  /** Its own transaction around `enroll`. */
  create(actor: Actor, input: NewEnrollment): Promise<Enrolled> {
    return transact(this.db, (tx) => this.enroll(tx, actor, input));
  }

  /**
   * Puts a contact into the sequence of a campaign, with the card of its site when there is none yet.
   * @throws NotFound; RuleViolation `contact_not_at_site`, `opportunity_needed`, `opportunity_of_other_campaign`;
   *   Conflict `campaign_finished`, `suppressed`, `undeliverable`, `consent_required`, `opportunity_closed`, `site_already_in_contact`, `contact_already_in_contact`
   */
  async enroll(tx: EntityManager, actor: Actor, input: NewEnrollment): Promise<Enrolled> {
    const { workspaceId } = actor;
    const { campaignId, contactId } = input;
    await requireInside(tx, actor, partsOf(input));
    const campaign = await shareCampaign(tx, workspaceId, campaignId);
    if (!campaign) throw new NotFound('campaign', '/campaignId');
    const place = await this.places.find(tx, actor, input);
    const known = await firstRow<{ id: string; opportunityId: string }>(
      tx,
      'SELECT id, opportunity_id AS "opportunityId" FROM enrollments WHERE workspace_id = $1 AND campaign_id = $2 AND contact_id = $3',
      [workspaceId, campaignId, contactId],
    );
    if (known) return { ...known, created: false };
    if (campaign.state === 'finished') throw new Conflict('campaign_finished', 'The campaign is finished.');
    await this.places.requireSendable(tx, actor, place, campaign.projectId);
    if (campaign.state !== 'draft') await this.places.requireLawful(tx, place);
    return { id: await this.make(tx, actor, place, campaign), opportunityId: place.card.id, created: true };
  }

  /** @throws NotFound, VersionMismatch, IllegalTransition, RuleViolation */
  move(actor: Actor, id: string, { maxLatenessHours, ...input }: EnrollmentMove, ifVersion: IfVersion): Promise<EnrollmentRow> {
    return transact(this.db, async (tx) => {
      const reopened = input.to === 'active' && (await reopenCampaignOf(tx, actor.workspaceId, id));
      await this.pipeline.move(tx, actor, { machine: 'enrollment', id, ifVersion, ...input });
      if (input.to === 'active') await this.goOn(tx, actor, id, maxLatenessHours);
      const details = { to: input.to, ...(reopened && { campaignReopened: true }) };
      await audit(tx, actor, { action: 'enrollment.moved', subjectId: id, at: this.clock.now(), details });
      const row = await findEnrollment(tx, actor.workspaceId, id);
      if (!row) throw new NotFound('enrollment');
      return row;
    });
  }

  /** Someone who goes on by hand goes on now, unless a mail of theirs still waits to leave. */
  private async goOn(tx: EntityManager, actor: Actor, id: string, maxLatenessHours: number | undefined): Promise<void> {
    if (maxLatenessHours !== undefined) await this.skipLate(tx, actor, id, maxLatenessHours);
    await rows(
      tx,
      `UPDATE enrollments e SET next_at = $3 WHERE e.workspace_id = $1 AND e.id = $2 AND e.next_at IS NULL
          AND NOT EXISTS (SELECT FROM messages m WHERE m.workspace_id = $1 AND m.enrollment_id = $2 AND m.state = ANY ($4))`,
      [actor.workspaceId, id, this.clock.now(), UNDER_WAY],
    );
    await wake(tx, 'plan');
  }

  /** As when a campaign goes on (F31): only follow-ups are ever too late. */
  private async skipLate(tx: EntityManager, { workspaceId }: Actor, id: string, hours: number): Promise<void> {
    const late = await rows<{ id: string }>(
      tx,
      `SELECT m.id FROM messages m WHERE m.workspace_id = $1 AND m.enrollment_id = $2 AND m.state = 'scheduled' AND m.lane = $3 AND m.due_at < $4`,
      [workspaceId, id, FOLLOW_UPS, new Date(this.clock.now().getTime() - hours * HOUR_MS)],
    );
    for (const mail of late) await this.skips.skip(tx, workspaceId, mail.id, 'too_late');
  }

  private async make(tx: EntityManager, actor: Actor, { card, contact }: EnrollmentPlace, campaign: CampaignToEnrollIn): Promise<string> {
    const { workspaceId } = actor;
    const id = newId();
    const begins = campaign.state === 'running' || campaign.state === 'paused';
    const row = {
      id,
      ...{ campaignId: card.campaignId, projectId: campaign.projectId, opportunityId: card.id, prospectId: card.prospectId, contactId: contact.id },
      ...{ sequenceVersionId: campaign.sequenceVersionId, threadId: newId() },
      // a draft sets it for all when it starts
      nextAt: begins ? this.clock.now() : null,
    };
    await rows(tx, 'UPDATE opportunities SET owner_id = COALESCE(owner_id, $3) WHERE workspace_id = $1 AND id = $2', [
      workspaceId,
      card.id,
      actor.memberId,
    ]);
    await this.pipeline.create(tx, actor, { machine: 'enrollment', state: 'pending', on: 'enrolled', row });
    await this.pipeline.record(tx, actor, { kind: 'enrolled', enrollmentId: id });
    await audit(tx, actor, { action: 'enrollment.created', subjectId: id, at: this.clock.now(), details: { opportunityId: card.id } });
    if (begins) await wake(tx, 'plan');
    return id;
  }
}

/**
 * Whoever goes on in a campaign that had nothing more to send makes it run again; it ends anew a day after they have. First in
 * the order of locks, and held until the end: the loop that ends campaigns comes before, or sees that somebody is in it.
 */
async function reopenCampaignOf(tx: EntityManager, workspaceId: string, enrollmentId: string): Promise<boolean> {
  const campaign = await firstRow<{ id: string; state: string }>(
    tx,
    `SELECT c.id, c.state FROM campaigns c
      WHERE c.workspace_id = $1 AND c.id = (SELECT e.campaign_id FROM enrollments e WHERE e.workspace_id = $1 AND e.id = $2) FOR NO KEY UPDATE OF c`,
    [workspaceId, enrollmentId],
  );
  if (campaign?.state !== 'finished') return false;
  await rows(tx, `UPDATE campaigns SET version = version + 1, state = 'running' WHERE workspace_id = $1 AND id = $2`, [workspaceId, campaign.id]);
  await takeUp(tx, { workspaceId, campaignId: campaign.id });
  return true;
}

function partsOf({ campaignId, contactId, opportunityId }: NewEnrollment): NamedThing[] {
  return [
    { word: 'campaigns', id: campaignId, pointer: '/campaignId' },
    { word: 'contacts', id: contactId, pointer: '/contactId' },
    ...(opportunityId === undefined ? [] : [{ word: 'opportunities', id: opportunityId, pointer: '/opportunityId' } as const]),
  ];
}
