import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound, RuleViolation } from '../../../domain/errors.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { firstRow } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { eachItem, type BulkResult } from '../../../platform/http/input/bulk.js';
import { Opportunities } from '../../opportunities/opportunities.service.js';
import { Prospects, type ContactInput } from '../../prospects/prospects.service.js';
import { Enrollments } from './enrollments.service.js';

export interface CampaignProspect {
  readonly url: string;
  readonly name?: string | undefined;
  readonly contacts?: readonly ContactInput[] | undefined;
  readonly ownerId?: string | undefined;
  readonly enroll?: boolean | undefined;
}

export interface AddedProspect {
  /** The opportunity's. */
  readonly id: string;
  readonly prospectId: string;
  readonly contactIds: readonly string[];
  readonly enrollmentIds: readonly string[];
}

/** Sites, their people, their cards and their enrollments in one request: what a list of prospects becomes in a campaign. */
@Injectable()
export class CampaignProspects {
  constructor(
    private readonly db: DataSource,
    private readonly prospects: Prospects,
    private readonly opportunities: Opportunities,
    private readonly enrollments: Enrollments,
  ) {}

  /** Each item is one transaction: all of it, or nothing and the reason. @throws NotFound for the campaign */
  async add(actor: Actor, campaignId: string, items: readonly CampaignProspect[]): Promise<BulkResult<AddedProspect>[]> {
    const campaign = await firstRow(this.db, 'SELECT FROM campaigns WHERE workspace_id = $1 AND id = $2', [actor.workspaceId, campaignId]);
    if (!campaign) throw new NotFound('campaign');
    return eachItem(items, async (item) => {
      await this.prospects.admit(item.url);
      return transact(this.db, (tx) => this.addOne(tx, actor, campaignId, item));
    });
  }

  private async addOne(tx: EntityManager, actor: Actor, campaignId: string, item: CampaignProspect): Promise<AddedProspect & { created: boolean }> {
    // first in the order of locks, as in every enrollment
    await firstRow(tx, 'SELECT FROM campaigns WHERE workspace_id = $1 AND id = $2 FOR SHARE', [actor.workspaceId, campaignId]);
    const { prospect } = await this.prospects.ensure(tx, actor, { url: item.url, name: item.name });
    const { id, created } = await this.opportunities.ensure(tx, actor, { campaignId, prospectId: prospect.id, ownerId: item.ownerId });
    const contactIds: string[] = [];
    for (const [at, contact] of (item.contacts ?? []).entries()) {
      const { contact: person } = await this.prospects.ensureContact(tx, actor, prospect.id, contact).catch((error: unknown) => {
        throw error instanceof RuleViolation ? error.below(`/contacts/${at}`) : error;
      });
      contactIds.push(person.id);
    }
    const enrollmentIds: string[] = [];
    for (const contactId of item.enroll === true ? contactIds : []) {
      enrollmentIds.push((await this.enrollments.enroll(tx, actor, { campaignId, contactId, opportunityId: id })).id);
    }
    return { id, created, prospectId: prospect.id, contactIds, enrollmentIds };
  }
}
