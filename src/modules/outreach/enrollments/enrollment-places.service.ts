import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Conflict, NotFound, RuleViolation } from '../../../domain/errors.js';
import { lawObjection } from '../../../domain/outreach-law.js';
import { isTerminal } from '../../../domain/machines/machine.js';
import { OPPORTUNITY } from '../../../domain/machines/opportunity.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Opportunities } from '../../opportunities/opportunities.service.js';
import { SiteGuard, type LockedSite } from '../../opportunities/site-guard.service.js';
import { Suppressions } from '../../suppressions/suppressions.service.js';
import { findCard, lawFactsOf, lockContact, sitesOfContact, type CardToEnrollAt, type ContactToEnroll } from './enrollments.queries.js';

/** Where somebody is to be enrolled, all under lock. */
export interface EnrollmentPlace {
  readonly card: CardToEnrollAt;
  readonly site: LockedSite;
  readonly contact: ContactToEnroll;
}

interface Wanted {
  readonly campaignId: string;
  readonly contactId: string;
  readonly opportunityId?: string | undefined;
}

/** At which card a contact is enrolled, and whether they may be. */
@Injectable()
export class EnrollmentPlaces {
  constructor(
    private readonly opportunities: Opportunities,
    private readonly guard: SiteGuard,
    private readonly suppressions: Suppressions,
  ) {}

  /**
   * The named card, else the one of the contact's only site, made when the guard lets it.
   * @throws NotFound; RuleViolation `contact_not_at_site`, `opportunity_needed`, `opportunity_of_other_campaign`; Conflict `site_already_in_contact`, `contact_merged`
   */
  async find(tx: EntityManager, actor: Actor, wanted: Wanted): Promise<EnrollmentPlace> {
    const { workspaceId } = actor;
    const id = wanted.opportunityId ?? (await this.ensureCard(tx, actor, wanted));
    const found = await findCard(tx, workspaceId, id);
    if (!found) throw new NotFound('opportunity', '/opportunityId');
    if (found.campaignId !== wanted.campaignId) {
      throw RuleViolation.at('/opportunityId', 'opportunity_of_other_campaign', 'The opportunity belongs to another campaign.');
    }
    const site = await this.guard.lock(tx, workspaceId, found.prospectId);
    const contact = await lockContact(tx, workspaceId, wanted.contactId);
    if (!contact || contact.erased) throw new NotFound('contact', '/contactId');
    requireUnmerged(contact);
    const sites = await sitesOfContact(tx, workspaceId, wanted.contactId, wanted.campaignId);
    if (!sites.some(({ prospectId }) => prospectId === found.prospectId)) throw notAtSite();
    const card = (await findCard(tx, workspaceId, id)) ?? found; // as it stands under the lock
    return { card, site, contact };
  }

  /** @throws Conflict `opportunity_closed`, `contact_blocked`, `suppressed`, `undeliverable`, `contact_already_in_contact` */
  async requireSendable(tx: EntityManager, actor: Actor, { card, site, contact }: EnrollmentPlace, projectId: string): Promise<void> {
    if (isTerminal(OPPORTUNITY, card.stage)) {
      throw new Conflict('opportunity_closed', 'The opportunity is closed: open it again first.', { opportunityId: card.id, stage: card.stage });
    }
    if (card.contactBlocked) throw new Conflict('contact_blocked', 'The site asked for no more mail.', { opportunityId: card.id });
    const suppressed = await this.suppressions.find(tx, site.workspaceId, { emailKey: contact.emailKey, projectId });
    if (suppressed) throw new Conflict('suppressed', 'This address is not to be mailed.', { suppressionId: suppressed.id, kind: suppressed.kind });
    if (contact.undeliverable) throw new Conflict('undeliverable', 'Mail to this address came back for good.');
    if (card.guardOverride !== 'send') await this.guard.requireContactFree(tx, actor, site, contact.id);
  }

  /** For a campaign that has started: of one that has not the preflight tells. @throws Conflict `consent_required` (F86) */
  async requireLawful(tx: EntityManager, { site, contact }: EnrollmentPlace): Promise<void> {
    const facts = await lawFactsOf(tx, site.workspaceId, contact.id, site.prospectId);
    const objection = facts && lawObjection(facts);
    if (objection) throw new Conflict(objection.code, objection.detail);
  }

  private async ensureCard(tx: EntityManager, actor: Actor, { campaignId, contactId }: Wanted): Promise<string> {
    const sites = await sitesOfContact(tx, actor.workspaceId, contactId, campaignId);
    const worked = sites.flatMap(({ opportunityId }) => opportunityId ?? []);
    if (worked.length === 1 && worked[0] !== undefined) return worked[0];
    const [site, another] = sites;
    if (another)
      throw RuleViolation.at('/opportunityId', 'opportunity_needed', 'The contact belongs to several sites: say which opportunity is meant.');
    if (site) return (await this.opportunities.ensure(tx, actor, { campaignId, prospectId: site.prospectId })).id;
    const contact = await lockContact(tx, actor.workspaceId, contactId);
    if (contact) requireUnmerged(contact);
    throw contact ? notAtSite() : new NotFound('contact', '/contactId');
  }
}

function requireUnmerged({ mergedIntoId }: ContactToEnroll): void {
  if (mergedIntoId !== null) throw new Conflict('contact_merged', 'This contact is part of another one.', { mergedIntoId });
}

function notAtSite(): RuleViolation {
  return RuleViolation.at('/contactId', 'contact_not_at_site', 'The contact does not belong to the site of this opportunity.');
}
