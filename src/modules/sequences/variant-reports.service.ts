import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { compareVariants, proportionInterval, type Comparison, type ProportionInterval } from '../../domain/proportion-interval.js';
import type { SequenceStep } from '../../domain/sequence-steps.js';
import type { Actor } from '../../platform/auth/actor.js';
import { rows } from '../../platform/database/sql.js';
import { Sequences } from './sequences.service.js';

interface Counts {
  readonly stepKey: string;
  readonly key: string;
  readonly sent: number;
  readonly replied: number;
  readonly positive: number;
}

export interface VariantFigures {
  readonly key: string;
  /** Null for a variant that the step no longer has. */
  readonly templateId: string | null;
  readonly weight: number | null;
  readonly sent: number;
  readonly replied: number;
  readonly positive: number;
  readonly interval: ProportionInterval | undefined;
}

export interface StepReport {
  readonly stepKey: string;
  readonly comparison: Comparison;
  readonly variants: readonly VariantFigures[];
}

/** An answer counts for the mail that it answers; a positive one is interest, or the question what it costs. */
const COUNTS = `
  SELECT m.step_key AS "stepKey", m.variant_key AS key, count(*)::int AS sent,
         count(*) FILTER (WHERE EXISTS (
           SELECT FROM message_facts f WHERE f.workspace_id = $1 AND f.message_id = m.id AND f.fact = 'replied'))::int AS replied,
         count(*) FILTER (WHERE EXISTS (
           SELECT FROM messages r WHERE r.workspace_id = $1 AND r.opportunity_id = m.opportunity_id AND r.answers_id = m.id AND r.direction = 'in'
              AND r.class IN ('interested', 'asks_fee')))::int AS positive
    FROM campaigns c
    JOIN messages m ON m.workspace_id = $1 AND m.campaign_id = c.id AND m.variant_key IS NOT NULL AND m.state = 'sent'
   WHERE c.workspace_id = $1 AND c.sequence_id = $2 AND ($3::uuid[] IS NULL OR c.project_id = ANY ($3))
   GROUP BY 1, 2`;

/** What came of texts that were tried against each other (F23). */
@Injectable()
export class VariantReports {
  constructor(
    private readonly db: DataSource,
    private readonly sequences: Sequences,
  ) {}

  /** Steps that have variants or had them, in the order of the sequence. @throws NotFound */
  async report(actor: Actor, sequenceId: string): Promise<StepReport[]> {
    const { steps } = await this.sequences.get(actor, sequenceId);
    const counts = await rows<Counts>(this.db, COUNTS, [actor.workspaceId, sequenceId, actor.projectIds]);
    return steps.map((step) => reportOf(step, counts)).filter(({ variants }) => variants.length > 0);
  }
}

function reportOf(step: SequenceStep, counts: readonly Counts[]): StepReport {
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
    };
  });
  const compared = variants.filter(({ weight }) => weight !== null).map(({ key, replied, sent }) => ({ key, hits: replied, cases: sent }));
  return { stepKey: step.key, comparison: compareVariants(compared), variants };
}
