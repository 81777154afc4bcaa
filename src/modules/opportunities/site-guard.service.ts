import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Conflict, NotFound } from '../../domain/errors.js';
import { OPEN_ENROLLMENT_STATES } from '../../domain/machines/enrollment.js';
import { OPEN_STAGES, type OpportunityStage } from '../../domain/machines/opportunity.js';
import { contactedLately, siteIsTaken } from '../../domain/site-guard.js';
import type { Actor } from '../../platform/auth/actor.js';
import { seesProject } from '../../platform/auth/project-border.js';
import { Clock } from '../../platform/clock.js';
import { firstRow } from '../../platform/database/sql.js';

/** A site under lock. */
export interface LockedSite {
  readonly workspaceId: string;
  readonly prospectId: string;
  readonly lastContactedAt: Date | null;
  readonly guardDays: number;
}

interface Holder {
  readonly opportunityId: string;
  readonly stage: OpportunityStage;
  readonly ownerId: string | null;
  readonly projectId: string;
}

/** What a caller may do about a refusal (F5b), and what is left when the card is of a project that they do not see. */
const ACTIONS = ['handover', 'join', 'override'];
const ACTIONS_FROM_OUTSIDE = ['override'];

const SITE = `
  SELECT p.last_contacted_at AS "lastContactedAt", w.contact_guard_days AS "guardDays"
    FROM prospects p JOIN workspaces w ON w.id = p.workspace_id
   WHERE p.workspace_id = $1 AND p.id = $2 FOR NO KEY UPDATE OF p`;

const HOLDER = `
  SELECT id AS "opportunityId", stage, owner_id AS "ownerId", project_id AS "projectId" FROM opportunities
   WHERE workspace_id = $1 AND prospect_id = $2 AND id IS DISTINCT FROM $3::uuid
   ORDER BY stage = ANY ($4) DESC, stage_changed_at DESC LIMIT 1`;

/** Open conversations of the address at other sites, the running ones first. */
const ELSEWHERE = `
  SELECT o.id AS "opportunityId", o.stage, o.owner_id AS "ownerId", o.project_id AS "projectId", e.state = ANY ($4) AS open, c.last_contacted_at AS "lastContactedAt"
    FROM enrollments e
    JOIN opportunities o ON o.workspace_id = e.workspace_id AND o.id = e.opportunity_id
    JOIN contacts c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
   WHERE e.workspace_id = $1 AND e.contact_id = $2 AND e.prospect_id <> $3
   ORDER BY open DESC, e.created_at DESC LIMIT 1`;

/** Keeps colleagues out of each other's way: one site, one conversation (F3, F4), and one for an address too (F5a). */
@Injectable()
export class SiteGuard {
  constructor(private readonly clock: Clock) {}

  /**
   * Locks the site until the transaction ends, so that of many who ask at once one is first. The prospect comes first in
   * the lock order of pipeline: take this before any row of the site's cards.
   * @throws NotFound
   */
  async lock(tx: EntityManager, workspaceId: string, prospectId: string): Promise<LockedSite> {
    const site = await firstRow<Pick<LockedSite, 'lastContactedAt' | 'guardDays'>>(tx, SITE, [workspaceId, prospectId]);
    if (!site) throw new NotFound('prospect', '/prospectId');
    return { workspaceId, prospectId, ...site };
  }

  /** @throws Conflict `site_already_in_contact` when the site has an open card, or somebody wrote to it lately */
  async requireFree(tx: EntityManager, actor: Actor, site: LockedSite): Promise<void> {
    const holder = await this.holderOf(tx, site, null);
    if (siteIsTaken({ stage: holder?.stage ?? null, lastContactedAt: site.lastContactedAt }, site.guardDays, this.clock.now()))
      throw taken(actor, site, holder);
  }

  /**
   * For a card that is opened again: its own mail to the site is no obstacle, only another open card is.
   * @throws Conflict `site_already_in_contact`
   */
  async requireNoOther(tx: EntityManager, actor: Actor, site: LockedSite, opportunityId: string): Promise<void> {
    const holder = await this.holderOf(tx, site, opportunityId);
    if (holder && OPEN_STAGES.includes(holder.stage)) throw taken(actor, site, holder);
  }

  /**
   * The second key of the guard, for a contact under lock.
   * @throws Conflict `contact_already_in_contact` when the address is in contact at another site
   */
  async requireContactFree(tx: EntityManager, actor: Actor, site: LockedSite, contactId: string): Promise<void> {
    const found = await firstRow<Holder & { open: boolean; lastContactedAt: Date | null }>(tx, ELSEWHERE, [
      site.workspaceId,
      contactId,
      site.prospectId,
      [...OPEN_ENROLLMENT_STATES],
    ]);
    if (!found || (!found.open && !contactedLately(found.lastContactedAt, site.guardDays, this.clock.now()))) return;
    throw new Conflict(
      'contact_already_in_contact',
      'Somebody is in contact with this person at another site.',
      facts(actor, found, found.lastContactedAt),
    );
  }

  private async holderOf(tx: EntityManager, site: LockedSite, except: string | null): Promise<Holder | undefined> {
    return firstRow<Holder>(tx, HOLDER, [site.workspaceId, site.prospectId, except, [...OPEN_STAGES]]);
  }
}

function taken(actor: Actor, site: LockedSite, holder: Holder | undefined): Conflict {
  return new Conflict(
    'site_already_in_contact',
    'Somebody works this site already, or wrote to it lately.',
    facts(actor, holder, site.lastContactedAt),
  );
}

/** Whoever does not see the project of the card learns that there is one, and nothing of it. */
function facts(actor: Actor, holder: Holder | undefined, lastContactedAt: Date | null): Readonly<Record<string, unknown>> {
  if (!seesProject(actor, holder?.projectId ?? null)) {
    return { existing: { opportunityId: null, stage: null, ownerId: null, lastContactedAt: null }, actions: ACTIONS_FROM_OUTSIDE };
  }
  const { opportunityId = null, stage = null, ownerId = null } = holder ?? {};
  return { existing: { opportunityId, stage, ownerId, lastContactedAt }, actions: ACTIONS };
}
