import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AgreedRel, AgreementVia, Compensation } from '../../domain/agreement-rules.js';

/** The terms of one opportunity. Never changed: new terms are a new row with the next number (F60). */
@Entity('agreements')
export class Agreement {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('uuid') readonly opportunityId!: string;
  /** Counted per opportunity; the highest is in force. */
  @Column('int') readonly number!: number;
  @Column('text') readonly via!: AgreementVia;
  @Column('text') readonly compensation!: Compensation;
  /** In minor units. */
  @Column('bigint', { nullable: true }) readonly feeAmount!: number | null;
  @Column('text', { nullable: true }) readonly feeCurrency!: string | null;
  @Column('date', { nullable: true }) readonly publishOn!: string | null;
  @Column('date', { nullable: true }) readonly linkUntil!: string | null;
  @Column('uuid', { nullable: true }) readonly proofMessageId!: string | null;
  @Column('uuid', { nullable: true }) readonly createdBy!: string | null;
  @Column('timestamptz') readonly createdAt!: Date;
}

/** One link that was agreed. */
@Entity('agreement_items')
export class AgreementItem {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('uuid') readonly agreementId!: string;
  @Column('text') readonly targetUrl!: string;
  @Column('text', { nullable: true }) readonly anchor!: string | null;
  /** Accepted rel values; null accepts any. */
  @Column('text', { array: true, nullable: true }) readonly rel!: AgreedRel[] | null;
  @Column('text', { nullable: true }) readonly sourceUrl!: string | null;
  /** Counts for the success of the opportunity. */
  @Column('boolean') readonly required!: boolean;
}
