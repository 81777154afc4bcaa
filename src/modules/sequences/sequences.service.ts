import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import { seesTools } from '../../domain/project-border.js';
import { type SequenceStep, type StepDraft, templatesOf, withKeys } from '../../domain/sequence-steps.js';
import { audit } from '../../platform/audit/audit-trail.js';
import { noteChanges } from '../../platform/audit/noted-changes.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { CREATION_ORDER, creationKey } from '../../platform/database/creation-order.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import type { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { page, type Page, readPage } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import { SequenceUpgrades } from './sequence-upgrades.service.js';
import { Sequence } from './sequence.entity.js';
import { SequenceVersion } from './sequence-version.entity.js';
import { findSequence, highestStepNumber, knownTemplates, listSequences, type SequenceRow, usedVariantKeys } from './sequences.queries.js';
import { requireOwnKeys, requireTemplates, type StepInput, toDrafts } from './step-rules.js';
import { requireOwnVariants } from './variant-rules.js';

export interface NewSequence {
  readonly name: string;
  readonly steps: readonly StepInput[];
  readonly retireLosers?: boolean | undefined;
}

/** Sequences and their versions. */
@Injectable()
export class Sequences {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly upgrades: SequenceUpgrades,
  ) {}

  async list(actor: Actor, query: PageQuery): Promise<Page<SequenceRow>> {
    const list = readPage(query, { ...CREATION_ORDER, filters: [] });
    const found = seesTools(actor) ? await listSequences(this.db, actor.workspaceId, list) : [];
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws NotFound */
  async get({ workspaceId }: Actor, id: string): Promise<SequenceRow> {
    const sequence = await findSequence(this.db, workspaceId, id);
    if (!sequence) throw new NotFound('sequence');
    return sequence;
  }

  /** The steps that an enrollment made now follows. @throws NotFound */
  async currentVersion(tx: EntityManager, workspaceId: string, id: string): Promise<SequenceVersion> {
    const sequence = await tx.findOneBy(Sequence, { workspaceId, id });
    if (!sequence) throw new NotFound('sequence');
    return tx.findOneByOrFail(SequenceVersion, { workspaceId, id: sequence.currentVersionId });
  }

  /** @throws NotFound for a template, RuleViolation for a step that is not complete */
  async create(actor: Actor, input: NewSequence): Promise<SequenceRow> {
    const id = await transact(this.db, (tx) => this.add(tx, actor, input));
    return this.get(actor, id);
  }

  /** In the caller's transaction. @returns its id. @throws as create */
  async add(tx: EntityManager, actor: Actor, input: NewSequence): Promise<string> {
    const drafts = toDrafts(input.steps);
    requireOwnVariants(drafts, new Map());
    const { workspaceId } = actor;
    const [id, versionId, at] = [newId(), newId(), this.clock.now()];
    await requireKnownTemplates(tx, workspaceId, drafts);
    await tx.insert(Sequence, {
      workspaceId,
      id,
      version: 1,
      name: input.name,
      currentVersionId: versionId,
      retireLosers: input.retireLosers ?? false,
      createdAt: at,
    });
    await tx.insert(SequenceVersion, { workspaceId, id: versionId, sequenceId: id, number: 1, steps: withKeys(drafts, 0), createdAt: at });
    await audit(tx, actor, { action: 'sequence.created', subjectId: id, at });
    return id;
  }

  /**
   * Given steps replace those of the sequence in a new version. Who runs through it and stands before the first step that
   * changed goes on in that version; who is at it or past it stays in theirs (`sequence-upgrade.ts`).
   * @throws NotFound, VersionMismatch, RuleViolation
   */
  async change(actor: Actor, id: string, input: Partial<NewSequence>, ifVersion: IfVersion): Promise<SequenceRow> {
    const drafts = input.steps && toDrafts(input.steps);
    const { workspaceId } = actor;
    const at = this.clock.now();
    await transact(this.db, async (tx) => {
      const versionId = drafts && newId();
      // first: its lock makes the numbers and keys below safe against another change
      const row = { table: 'sequences', thing: 'sequence', workspaceId, id, ifVersion };
      await changeRow(tx, row, { name: input.name, retire_losers: input.retireLosers });
      if (drafts && versionId) {
        const { from, steps } = await addVersion(tx, { workspaceId, id: versionId, sequenceId: id, createdAt: at }, drafts);
        await tx.update(Sequence, { workspaceId, id }, { currentVersionId: versionId });
        noteChanges(tx, id, { currentVersionId: { from, to: versionId } });
        await this.upgrades.apply(tx, actor, { sequenceId: id, versionId, steps });
      }
      await audit(tx, actor, { action: 'sequence.changed', subjectId: id, at, details: { fields: Object.keys(input) } });
    });
    return this.get(actor, id);
  }
}

/** @returns the new steps, and the id of the version before */
async function addVersion(
  tx: EntityManager,
  row: Omit<SequenceVersion, 'number' | 'steps'>,
  drafts: readonly StepDraft[],
): Promise<{ readonly from: string; readonly steps: readonly SequenceStep[] }> {
  const { workspaceId, sequenceId } = row;
  await requireKnownTemplates(tx, workspaceId, drafts);
  const current = await tx.findOneOrFail(SequenceVersion, { where: { workspaceId, sequenceId }, order: { number: 'DESC' } });
  requireOwnKeys(drafts, new Set(current.steps.map(({ key }) => key)));
  const highest = await highestStepNumber(tx, workspaceId, sequenceId);
  const usedBy = await usedVariantKeys(tx, workspaceId, sequenceId);
  requireOwnVariants(drafts, usedBy);
  const steps = withKeys(drafts, highest, usedBy);
  await tx.insert(SequenceVersion, { ...row, number: current.number + 1, steps });
  return { from: current.id, steps };
}

async function requireKnownTemplates(tx: EntityManager, workspaceId: string, drafts: readonly StepDraft[]): Promise<void> {
  const ids = drafts.flatMap(templatesOf);
  requireTemplates(drafts, await knownTemplates(tx, workspaceId, ids));
}
