import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type LostVariant, variantsThatLost } from '../../domain/proportion-interval.js';
import type { SequenceStep } from '../../domain/sequence-steps.js';
import { audit } from '../../platform/audit/audit-trail.js';
import { systemActor } from '../../platform/auth/system-actor.js';
import { Clock, HOUR_MS } from '../../platform/clock.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { WorkLoops } from '../../platform/jobs/work-loops.js';
import { countVariants, listRetirements, type VariantCounts } from './variant-counts.queries.js';

/** Answers take days: nothing is lost by an hour. */
const LOOK_EVERY_MS = HOUR_MS;

interface WatchedSequence {
  readonly workspaceId: string;
  readonly id: string;
}

/** Takes variants that have lost out of the draw, in sequences that ask for it (F23). Loop: `variants`. */
@Injectable()
export class VariantRetirements implements OnModuleInit {
  private nextLookAt = 0;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly loops: WorkLoops,
  ) {}

  onModuleInit(): void {
    this.loops.add('variants', (stopping) => this.look(stopping));
  }

  private async look(stopping: AbortSignal): Promise<boolean> {
    const now = this.clock.now().getTime();
    if (now < this.nextLookAt) return false;
    this.nextLookAt = now + LOOK_EVERY_MS;
    const watched = await rows<WatchedSequence>(
      this.db,
      `/* all-workspaces: one clock serves everyone */ SELECT workspace_id AS "workspaceId", id FROM sequences WHERE retire_losers`,
      [],
    );
    for (const sequence of watched) {
      if (stopping.aborted) return false;
      await this.retireIn(sequence);
    }
    return false;
  }

  /** Under the lock that a change of its steps takes, so two processes find a loser once. */
  private retireIn({ workspaceId, id: sequenceId }: WatchedSequence): Promise<void> {
    return transact(this.db, async (tx) => {
      const locked = await firstRow<{ steps: SequenceStep[] }>(
        tx,
        `SELECT v.steps FROM sequences s JOIN sequence_versions v ON v.workspace_id = s.workspace_id AND v.id = s.current_version_id
          WHERE s.workspace_id = $1 AND s.id = $2 AND s.retire_losers FOR NO KEY UPDATE OF s`,
        [workspaceId, sequenceId],
      );
      if (!locked) return;
      const retired = await listRetirements(tx, workspaceId, sequenceId);
      const counts = await countVariants(tx, { workspaceId, sequenceId, projectIds: null });
      for (const step of locked.steps) {
        const gone = retired.filter(({ stepKey }) => stepKey === step.key).map(({ key }) => key);
        for (const lost of losersOf(step, counts, gone)) await this.retire(tx, { workspaceId, sequenceId, stepKey: step.key, ...lost });
      }
    });
  }

  private async retire(tx: EntityManager, one: Loser & { workspaceId: string; sequenceId: string; stepKey: string }): Promise<void> {
    const at = this.clock.now();
    const { workspaceId, sequenceId, stepKey, key, lostTo, sent, replied } = one;
    await rows(
      tx,
      `INSERT INTO variant_retirements (workspace_id, sequence_id, step_key, variant_key, lost_to, sent, replied, retired_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [workspaceId, sequenceId, stepKey, key, lostTo, sent, replied, at],
    );
    const details = { stepKey, variantKey: key, lostTo, sent, replied };
    await audit(tx, systemActor(workspaceId), { action: 'sequence.variant_retired', subjectId: sequenceId, at, details });
  }
}

type Loser = LostVariant & Pick<VariantCounts, 'sent' | 'replied'>;

/** Of the variants that people still get. */
function losersOf(step: SequenceStep, counts: readonly VariantCounts[], gone: readonly string[]): Loser[] {
  const drawn = (step.variants ?? []).filter(({ key, weight }) => weight > 0 && !gone.includes(key));
  const own = drawn.flatMap(({ key }) => counts.filter((one) => one.stepKey === step.key && one.key === key));
  return variantsThatLost(own.map(({ key, replied, sent }) => ({ key, hits: replied, cases: sent }))).flatMap((lost) => {
    const seen = own.find(({ key }) => key === lost.key);
    return seen ? [{ ...lost, sent: seen.sent, replied: seen.replied }] : [];
  });
}
