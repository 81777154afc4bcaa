import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { AgreedRel } from '../../../domain/agreement-rules.js';
import { Conflict, NotFound, RuleViolation } from '../../../domain/errors.js';
import { linkKey } from '../../../domain/link-key.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { seesProject } from '../../../platform/auth/project-border.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { newId } from '../../../platform/ids.js';
import { wake } from '../../../platform/jobs/work-loops.js';
import { PageFetcher } from '../../../platform/web-fetch/net/page-fetcher.js';
import { leaveTask } from '../../pipeline/left-for-people.service.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { SiteAddresses } from '../../projects/site-addresses.service.js';
import {
  cardOfLink,
  checkSoon,
  findCard,
  findExpected,
  findOpenPitch,
  findPair,
  findProspect,
  findTargetPlace,
  lockPair,
  lockSiteOf,
  termsOf,
  type KnownLink,
  type ReportedCard,
} from '../link-place.queries.js';

export interface LinkReport {
  readonly sourceUrl: string;
  readonly targetUrl: string;
  readonly opportunityId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly expectedAnchor?: string | undefined;
  readonly expectedRel?: 'any' | readonly AgreedRel[] | undefined;
  readonly externalRef?: string | undefined;
}

export interface ReportedLink {
  readonly id: string;
  /** False: the page was known, nothing of it was overwritten. */
  readonly news: boolean;
}

interface Addresses {
  readonly sourceKey: string;
  readonly targetKey: string;
}

/** Known links that another report makes us look at again; a live one is looked at by its own schedule. */
const LOOK_AGAIN: readonly string[] = ['reported', 'degraded', 'suspect', 'needs_review', 'lost'];

/** "The link is live": by API, by the prospect's page, by whoever reads the mail. */
@Injectable()
export class LinkReports {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly fetcher: PageFetcher,
    private readonly sites: SiteAddresses,
  ) {}

  /**
   * Takes a report and lets the page be checked at once. The same page for the same target is one link, however often reported.
   * @throws RuleViolation `target_not_public`, `unknown_target`; Conflict `reported_elsewhere`; NotFound for an opportunity or project of the report
   */
  async report(actor: Actor, input: LinkReport): Promise<ReportedLink> {
    const sourceKey = await this.publicKeyOf(input.sourceUrl);
    return transact(this.db, (tx) => this.reportWithin(tx, actor, input, sourceKey));
  }

  /**
   * The same in the caller's transaction.
   * @param sourceKey  of the page, as `publicKeyOf` gave it before the transaction began
   * @throws as report
   */
  async reportWithin(tx: EntityManager, actor: Actor, input: LinkReport, sourceKey: string): Promise<ReportedLink> {
    const targetKey = linkKey(input.targetUrl);
    if (targetKey === undefined) throw unknownTarget();
    const link = await this.store(tx, actor, input, { sourceKey, targetKey });
    if (link.news && actor.via !== 'public') {
      await audit(tx, actor, { action: 'backlink.reported', subjectId: link.id, at: this.clock.now() });
    }
    await wake(tx, 'check');
    return link;
  }

  /**
   * The key of an address that may be fetched. Asks the name server, so never within a transaction; a name that does not
   * resolve is taken: it may do so tomorrow.
   * @throws RuleViolation `target_not_public`
   */
  async publicKeyOf(sourceUrl: string): Promise<string> {
    const key = linkKey(sourceUrl);
    if (key === undefined || (await this.fetcher.resolveTarget(key)) === 'not_public') {
      throw RuleViolation.at(
        '/sourceUrl',
        'target_not_public',
        'This is not an http or https address of a page on the public internet, without a user name.',
      );
    }
    return key;
  }

  /** The website an address belongs to, as prospects and projects are keyed. */
  siteOf(url: string): string | undefined {
    try {
      return this.sites.siteOf(url);
    } catch (error) {
      if (error instanceof RuleViolation) return undefined;
      throw error;
    }
  }

  private async store(tx: EntityManager, actor: Actor, input: LinkReport, at: Addresses): Promise<ReportedLink> {
    const { workspaceId } = actor;
    await lockPair(tx, workspaceId, at.sourceKey, at.targetKey);
    const card = await this.cardOf(tx, workspaceId, input.opportunityId);
    if (input.projectId !== undefined) await requireProject(tx, workspaceId, input.projectId, card);
    await lockSiteOf(tx, workspaceId, card?.id ?? null);
    const known = await findPair(tx, workspaceId, at.sourceKey, at.targetKey);
    if (known && !seesProject(actor, known.projectId)) return this.refuseUnseen(tx, actor, input, card);
    if (known) return this.again(tx, actor, known);
    const expected = card && (await findExpected(tx, workspaceId, card.id, at.targetKey));
    const id = expected ? await this.fulfil(tx, workspaceId, expected.id, { input, at }) : await this.insert(tx, actor, { input, at, card });
    await this.record(tx, actor, id, { opportunityId: card?.id ?? null, sourceUrl: input.sourceUrl });
    return { id, news: true };
  }

  private async cardOf(tx: EntityManager, workspaceId: string, id: string | undefined): Promise<ReportedCard | undefined> {
    if (id === undefined) return undefined;
    const card = await findCard(tx, workspaceId, id);
    if (!card) throw new NotFound('opportunity', '/opportunityId');
    return card;
  }

  /** A link of a project that the actor does not see: said of it is only what a new one would have met, or that it is there. */
  private async refuseUnseen(tx: EntityManager, actor: Actor, input: LinkReport, card: ReportedCard | undefined): Promise<never> {
    await this.placeOf(tx, actor, input, card);
    throw new Conflict('reported_elsewhere', 'This page is watched for this target already, in a project that you do not see.');
  }

  /** Editors report early, and again: a rejected link gets a new chance, an open one another look; a closed one stays so, and a person hears of it. */
  private async again(tx: EntityManager, actor: Actor, { id, state }: KnownLink): Promise<ReportedLink> {
    if (state === 'closed') {
      const title = 'A closed link was reported as live again';
      const opportunityId = await cardOfLink(tx, actor.workspaceId, id);
      await leaveTask(tx, actor.workspaceId, {
        kind: 'reported_closed',
        subjectType: 'backlink',
        subjectId: id,
        opportunityId,
        title,
        at: this.clock.now(),
      });
    }
    if (state === 'rejected') {
      const link = await firstRow<{ opportunityId: string | null; sourceUrl: string }>(
        tx,
        `UPDATE backlinks SET negative_checks = 0, first_negative_at = NULL, unknown_checks = 0 WHERE workspace_id = $1 AND id = $2
         RETURNING opportunity_id AS "opportunityId", source_url AS "sourceUrl"`,
        [actor.workspaceId, id],
      );
      await this.record(tx, actor, id, link ?? { opportunityId: null, sourceUrl: '' });
      return { id, news: true };
    }
    if (LOOK_AGAIN.includes(state)) await checkSoon(tx, actor.workspaceId, id, { by: askerOf(actor), at: this.clock.now() });
    return { id, news: false };
  }

  /** The promised link has got its address. */
  private async fulfil(
    tx: EntityManager,
    workspaceId: string,
    id: string,
    given: { readonly input: LinkReport; readonly at: Addresses },
  ): Promise<string> {
    const { input, at } = given;
    await rows(
      tx,
      `UPDATE backlinks SET source_url = $3, source_key = $4, external_ref = coalesce(external_ref, $5) WHERE workspace_id = $1 AND id = $2`,
      [workspaceId, id, input.sourceUrl, at.sourceKey, input.externalRef ?? null],
    );
    return id;
  }

  private async insert(
    tx: EntityManager,
    actor: Actor,
    given: { readonly input: LinkReport; readonly at: Addresses; readonly card: ReportedCard | undefined },
  ): Promise<string> {
    const { input, at, card } = given;
    const { workspaceId } = actor;
    const place = await this.placeOf(tx, actor, input, card);
    const row = {
      id: newId(),
      ...place,
      ...(card
        ? await ofCard(tx, workspaceId, card)
        : { origin: 'manual', prospectId: await findProspect(tx, workspaceId, this.siteOf(at.sourceKey)) }),
      ...{ sourceUrl: input.sourceUrl, sourceKey: at.sourceKey, targetUrl: input.targetUrl, targetKey: at.targetKey },
      expectedAnchor: input.expectedAnchor ?? null,
      expectedRel: acceptedRel(input),
      externalRef: input.externalRef ?? null,
    };
    await this.pipeline.create(tx, actor, { machine: 'backlink', state: 'reported', on: 'link_reported', row });
    return row.id;
  }

  private async placeOf(tx: EntityManager, actor: Actor, input: LinkReport, card: ReportedCard | undefined) {
    const { workspaceId, projectIds: among } = actor;
    const projectId = card?.projectId ?? input.projectId;
    const urls = [input.targetUrl, URL.parse(input.targetUrl)?.href ?? input.targetUrl];
    const place = await findTargetPlace(tx, workspaceId, { urls, site: this.siteOf(input.targetUrl), projectId, among });
    if (!place) throw unknownTarget();
    return place;
  }

  private async record(
    tx: EntityManager,
    actor: Actor,
    id: string,
    link: { readonly opportunityId: string | null; readonly sourceUrl: string },
  ): Promise<void> {
    const { workspaceId } = actor;
    const pitchId = link.opportunityId === null ? null : await findOpenPitch(tx, workspaceId, link.opportunityId);
    if (pitchId !== null) {
      await rows(tx, 'UPDATE pitches SET live_url = $3 WHERE workspace_id = $1 AND id = $2', [workspaceId, pitchId, link.sourceUrl]);
    }
    await this.pipeline.record(tx, actor, { kind: 'link_reported', backlinkId: id, pitchId });
    await checkSoon(tx, workspaceId, id, { by: askerOf(actor), at: this.clock.now() });
  }
}

function acceptedRel({ expectedRel }: LinkReport): AgreedRel[] | null {
  return expectedRel === undefined || expectedRel === 'any' ? null : [...expectedRel];
}

async function ofCard(tx: EntityManager, workspaceId: string, { id, campaignId, prospectId }: ReportedCard) {
  const { paid, itemised } = await termsOf(tx, workspaceId, id);
  // where the terms name their links one by one, another one is a gift
  return { origin: 'outreach', opportunityId: id, campaignId, prospectId, paid, required: !itemised };
}

function askerOf(actor: Actor): 'person' | 'prospect' {
  return actor.via === 'public' ? 'prospect' : 'person';
}

async function requireProject(tx: EntityManager, workspaceId: string, id: string, card: ReportedCard | undefined): Promise<void> {
  const project = await firstRow(tx, 'SELECT FROM projects WHERE workspace_id = $1 AND id = $2', [workspaceId, id]);
  if (!project) throw new NotFound('project', '/projectId');
  if (card && card.projectId !== id) {
    throw RuleViolation.at('/projectId', 'other_project', 'The opportunity belongs to another project.');
  }
}

function unknownTarget(): RuleViolation {
  return RuleViolation.at('/targetUrl', 'unknown_target', 'This is neither a target page of a project nor a page of its domain.');
}
