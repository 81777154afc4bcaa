import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, NotFound, RuleViolation, VersionMismatch } from '../../domain/errors.js';
import { linkKey } from '../../domain/link-key.js';
import { isTerminal, requireManualMove } from '../../domain/machines/machine.js';
import { PITCH, type PitchState } from '../../domain/machines/pitch.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { creationKey } from '../../platform/database/creation-order.js';
import { firstRow } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import type { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { type Page, page, readPage } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import { wake } from '../../platform/jobs/work-loops.js';
import { PageFetcher } from '../../platform/web-fetch/net/page-fetcher.js';
import { leaveLinkNews } from '../pipeline/link-news/link-news.service.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import { locateExpectedLink } from './pitch-links.queries.js';
import { addTopics, chooseTopic, findAgreement, findPitch, listPitches, noteFacts, PITCH_LIST, type PitchRow } from './pitches.queries.js';
import { findTopicInUse, lockTopics } from './topic-guard.queries.js';

export interface NewPitch {
  readonly opportunityId: string;
  readonly topics: readonly { readonly title: string; readonly summary?: string | undefined }[];
}

/** A step by hand with the facts that come with it. */
export interface PitchStep {
  readonly to: PitchState;
  readonly reason?: string | undefined;
  readonly liveUrl?: string | undefined;
  readonly draftDueOn?: string | undefined;
  readonly publishOn?: string | undefined;
  readonly topicId?: string | undefined;
  readonly agreementId?: string | undefined;
}

interface Card {
  readonly projectId: string;
  readonly prospectId: string;
}

/** Guest-post proposals (state-model 2). */
@Injectable()
export class Pitches {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly fetcher: PageFetcher,
  ) {}

  async list(actor: Actor, query: PageQuery): Promise<Page<PitchRow>> {
    const list = readPage(query, PITCH_LIST);
    const found = await listPitches(this.db.manager, actor, list);
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws NotFound */
  get(actor: Actor, id: string): Promise<PitchRow> {
    return this.read(this.db.manager, actor, id);
  }

  /** @throws NotFound, Conflict `topic_in_use` */
  create(actor: Actor, input: NewPitch): Promise<PitchRow> {
    const { workspaceId } = actor;
    const { opportunityId } = input;
    const id = newId();
    const topics = input.topics.map(({ title, summary }) => ({ id: newId(), title: title.trim(), summary: summary ?? null }));
    return transact(this.db, async (tx) => {
      const card = await cardOf(tx, workspaceId, opportunityId);
      if (!card) throw new NotFound('opportunity', '/opportunityId');
      await requireFreeTopics(tx, workspaceId, card, topics);
      const row = { id, opportunityId, projectId: card.projectId };
      await this.pipeline.create(tx, actor, { machine: 'pitch', state: 'draft', on: 'pitch_created', row });
      await addTopics(tx, workspaceId, id, topics);
      await audit(tx, actor, { action: 'pitch.created', subjectId: id, at: this.clock.now(), details: { opportunityId } });
      return this.read(tx, actor, id);
    });
  }

  /**
   * Moves a pitch by hand, with all that follows from it (state-model 7). The address of the published article is also
   * reported for the link that was agreed on, so that its check begins.
   * Taking an ended pitch back to draft answers with a copy that names it.
   * @throws NotFound, VersionMismatch, IllegalTransition, Conflict `topic_in_use`, RuleViolation `fact_required`, `target_not_public`
   */
  async move(actor: Actor, id: string, step: PitchStep, ifVersion: IfVersion): Promise<PitchRow> {
    const { workspaceId } = actor;
    if (step.liveUrl !== undefined) await this.requirePublic(step.liveUrl);
    return transact(this.db, async (tx) => {
      const pitch = await this.read(tx, actor, id);
      if (step.to === 'draft' && isTerminal(PITCH, pitch.state)) return this.reopen(tx, actor, pitch, ifVersion);
      const agreementId = await agreementFor(tx, workspaceId, pitch, step);
      await this.pipeline.move(tx, actor, {
        ...{ machine: 'pitch', id, ifVersion, to: step.to, reason: step.reason },
        given: givenFacts(pitch, step, agreementId),
      });
      await noteFacts(tx, workspaceId, id, { ...step, agreementId: step.to === 'accepted' ? agreementId : step.agreementId });
      if (step.topicId !== undefined) await this.choose(tx, workspaceId, id, step.topicId);
      if (step.to === 'published_reported' && step.liveUrl !== undefined) await this.reportLink(tx, actor, pitch, step.liveUrl);
      await audit(tx, actor, { action: 'pitch.moved', subjectId: id, at: this.clock.now(), details: { to: step.to } });
      return this.read(tx, actor, id);
    });
  }

  private async read(tx: Pick<EntityManager, 'query'>, actor: Actor, id: string): Promise<PitchRow> {
    const found = await findPitch(tx, actor.workspaceId, id);
    if (!found) throw new NotFound('pitch');
    return found;
  }

  private async requirePublic(url: string): Promise<void> {
    if (linkKey(url) !== undefined && (await this.fetcher.resolveTarget(url)) !== 'not_public') return;
    throw RuleViolation.at(
      '/liveUrl',
      'target_not_public',
      'Only http and https addresses on the public internet are taken, without user name and password.',
    );
  }

  /**
   * What ended stays as it ended; a copy of it begins (state-model 2). Its topics must be free again: somebody else may
   * have been offered them meanwhile.
   */
  private async reopen(tx: EntityManager, actor: Actor, ended: PitchRow, ifVersion: IfVersion): Promise<PitchRow> {
    const { workspaceId } = actor;
    const locked = await firstRow<{ version: number; state: PitchState }>(
      tx,
      'SELECT version, state FROM pitches WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE',
      [workspaceId, ended.id],
    );
    if (!locked || (ifVersion !== '*' && ifVersion !== locked.version)) throw new VersionMismatch();
    requireManualMove(PITCH, locked.state, 'draft');
    const card = await cardOf(tx, workspaceId, ended.opportunityId);
    if (!card) throw new NotFound('opportunity');
    await requireFreeTopics(tx, workspaceId, card, ended.topics);
    const id = newId();
    const row = { id, opportunityId: ended.opportunityId, projectId: card.projectId, previousPitchId: ended.id };
    await this.pipeline.create(tx, actor, { machine: 'pitch', state: 'draft', on: 'pitch_created', row });
    await addTopics(
      tx,
      workspaceId,
      id,
      ended.topics.map(({ title, summary }) => ({ id: newId(), title, summary })),
    );
    await audit(tx, actor, { action: 'pitch.reopened', subjectId: id, at: this.clock.now(), details: { previousPitchId: ended.id } });
    return this.read(tx, actor, id);
  }

  private async choose(tx: EntityManager, workspaceId: string, pitchId: string, topicId: string): Promise<void> {
    if (!(await chooseTopic(tx, workspaceId, { pitchId, topicId, at: this.clock.now() }))) throw new NotFound('topic', '/topicId');
  }

  private async reportLink(tx: EntityManager, actor: Actor, pitch: PitchRow, sourceUrl: string): Promise<void> {
    const sourceKey = linkKey(sourceUrl);
    if (sourceKey === undefined) return;
    const { opportunityId } = pitch;
    const where = { opportunityId, sourceUrl, sourceKey, dueAt: this.clock.now() };
    const backlinkId = await locateExpectedLink(tx, actor.workspaceId, where);
    // no link was promised: the page is reported for the page that the campaign asks about
    if (backlinkId === undefined)
      return leaveLinkNews(tx, actor.workspaceId, { id: newId(), opportunityId, source: 'pitch', urls: [sourceUrl], at: this.clock.now() });
    await this.pipeline.record(tx, actor, { kind: 'link_reported', backlinkId, pitchId: pitch.id });
    await wake(tx, 'check');
  }
}

function cardOf(tx: EntityManager, workspaceId: string, opportunityId: string): Promise<Card | undefined> {
  return firstRow(tx, 'SELECT project_id AS "projectId", prospect_id AS "prospectId" FROM opportunities WHERE workspace_id = $1 AND id = $2', [
    workspaceId,
    opportunityId,
  ]);
}

/** @throws Conflict `topic_in_use`, naming the pitch that has it */
async function requireFreeTopics(tx: EntityManager, workspaceId: string, card: Card, topics: readonly { readonly title: string }[]): Promise<void> {
  await lockTopics(tx, card.projectId);
  const taken = await findTopicInUse(tx, workspaceId, { ...card, titles: topics.map(({ title }) => title) });
  if (taken) throw new Conflict('topic_in_use', 'Another site has been offered this topic and may still take it.', { ...taken });
}

/** @throws NotFound when the terms that were named are not this opportunity's */
async function agreementFor(tx: EntityManager, workspaceId: string, pitch: PitchRow, step: PitchStep): Promise<string | undefined> {
  const found = await findAgreement(tx, workspaceId, { opportunityId: pitch.opportunityId, id: step.agreementId });
  if (step.agreementId !== undefined && found === undefined) throw new NotFound('agreement', '/agreementId');
  return found;
}

/** Facts that a step may ask for: those that come with it, and those that are known from before. */
function givenFacts(pitch: PitchRow, step: PitchStep, agreementId: string | undefined): string[] {
  const facts = {
    agreement: agreementId,
    liveUrl: step.liveUrl,
    draftDueOn: step.draftDueOn ?? pitch.draftDueOn,
    publishOn: step.publishOn ?? pitch.publishOn,
  };
  return Object.entries(facts).flatMap(([name, value]) => (value === undefined || value === null ? [] : [name]));
}
