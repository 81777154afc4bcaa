import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { compareVariants, proportionInterval, type Comparison, type ProportionInterval } from '../../domain/proportion-interval.js';
import type { SequenceStep } from '../../domain/sequence-steps.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Sequences } from './sequences.service.js';
import { countVariants, listRetirements, type Retirement, type VariantCounts } from './variant-counts.queries.js';

export interface VariantFigures {
  readonly key: string;
  /** Null for a variant that the step no longer has. */
  readonly templateId: string | null;
  readonly weight: number | null;
  readonly sent: number;
  readonly replied: number;
  readonly positive: number;
  readonly interval: ProportionInterval | undefined;
  /** Since then nobody who is enrolled gets it. */
  readonly retiredAt: Date | null;
}

export interface StepReport {
  readonly stepKey: string;
  readonly comparison: Comparison;
  readonly variants: readonly VariantFigures[];
}

/** What came of texts that were tried against each other (F23). */
@Injectable()
export class VariantReports {
  constructor(
    private readonly db: DataSource,
    private readonly sequences: Sequences,
  ) {}

  /** Steps that have variants or had them, in the order of the sequence. @throws NotFound */
  async report(actor: Actor, sequenceId: string): Promise<StepReport[]> {
    const { steps, retireLosers } = await this.sequences.get(actor, sequenceId);
    const { workspaceId, projectIds } = actor;
    const counts = await countVariants(this.db, { workspaceId, sequenceId, projectIds });
    const retired = retireLosers ? await listRetirements(this.db, workspaceId, sequenceId) : [];
    return steps.map((step) => reportOf(step, counts, retired)).filter(({ variants }) => variants.length > 0);
  }
}

function reportOf(step: SequenceStep, counts: readonly VariantCounts[], retired: readonly Retirement[]): StepReport {
  const own = counts.filter(({ stepKey }) => stepKey === step.key);
  const present = step.variants ?? [];
  const keys = [...new Set([...present, ...own].map(({ key }) => key))].sort();
  const variants = keys.map((key): VariantFigures => {
    const { sent = 0, replied = 0, positive = 0 } = own.find((one) => one.key === key) ?? {};
    const variant = present.find((one) => one.key === key);
    return {
      key,
      templateId: variant?.templateId ?? null,
      weight: variant?.weight ?? null,
      ...{ sent, replied, positive },
      interval: proportionInterval(replied, sent),
      retiredAt: retired.find((one) => one.stepKey === step.key && one.key === key)?.retiredAt ?? null,
    };
  });
  const compared = variants.filter(({ weight }) => weight !== null).map(({ key, replied, sent }) => ({ key, hits: replied, cases: sent }));
  return { stepKey: step.key, comparison: compareVariants(compared), variants };
}
