import { ApiProperty } from '@nestjs/swagger';
import { ENOUGH_TO_COMPARE } from '../../domain/proportion-interval.js';
import type { StepReport } from './variant-reports.service.js';

export class VariantFiguresResponse {
  key!: string;
  /** Null, as the weight, for a variant that the step no longer has. */
  templateId!: string | null;
  weight!: number | null;
  sent!: number;
  /** Of those, how many a person answered. */
  replied!: number;
  /** Of those, how many with interest, or asking what it costs. */
  positive!: number;
  /** Answers a mail sent, from 0 to 1; null while none was sent. */
  @ApiProperty({ format: 'double' }) rate!: number | null;
  /** With 95 % confidence the true rate is not below this … */
  @ApiProperty({ format: 'double' }) low!: number | null;
  /** … and not above this (Wilson). */
  @ApiProperty({ format: 'double' }) high!: number | null;
  /** Since then nobody who is enrolled gets it: it has lost, and the sequence has `retireLosers`. */
  retiredAt!: string | null;
}

export class StepVariantsReport {
  stepKey!: string;
  /** not_enough: a variant has fewer mails than `minimum`. no_difference: luck explains what is seen. winner: one beats each other one. */
  verdict!: 'not_enough' | 'no_difference' | 'winner';
  winner!: string | null;
  variants!: VariantFiguresResponse[];
}

export class VariantReportResponse {
  /** Mails of each variant below which nothing is said about who wins. */
  minimum!: number;
  /** Those that try several texts, or did. */
  steps!: StepVariantsReport[];

  static from(steps: readonly StepReport[]): VariantReportResponse {
    return {
      minimum: ENOUGH_TO_COMPARE,
      steps: steps.map(({ stepKey, comparison, variants }) => ({
        stepKey,
        verdict: comparison.verdict,
        winner: comparison.verdict === 'winner' ? comparison.key : null,
        variants: variants.map(({ interval, retiredAt, ...figures }) => ({
          ...figures,
          retiredAt: retiredAt?.toISOString() ?? null,
          rate: interval?.rate ?? null,
          low: interval?.low ?? null,
          high: interval?.high ?? null,
        })),
      })),
    };
  }
}
