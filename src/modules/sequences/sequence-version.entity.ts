import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SequenceStep } from '../../domain/sequence-steps.js';

/** The steps of a sequence from one change to the next. Never altered: enrollments name their version. */
@Entity('sequence_versions')
export class SequenceVersion {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('uuid') readonly sequenceId!: string;
  /** 1, 2, 3 … within the sequence. */
  @Column('int') readonly number!: number;
  @Column('jsonb') readonly steps!: readonly SequenceStep[];
  @Column('timestamptz') readonly createdAt!: Date;
}
