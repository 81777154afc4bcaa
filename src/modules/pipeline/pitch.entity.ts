import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PitchState } from '../../domain/machines/pitch.js';

/** A proposal to write one article for one prospect's site. `state` moves only through pipeline. */
@Entity('pitches')
export class Pitch {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('uuid') readonly opportunityId!: string;
  @Column('uuid') readonly projectId!: string;
  @Column('uuid', { nullable: true }) agreementId!: string | null;
  @Column('uuid', { nullable: true }) readonly previousPitchId!: string | null;
  @Column('text') readonly state!: PitchState;
  @Column('timestamptz') readonly stateChangedAt!: Date;
  @Column('text', { nullable: true }) readonly stateReason!: string | null;
  /** Where the article went live; set from published_reported on. */
  @Column('text', { nullable: true }) liveUrl!: string | null;
  @Column('uuid', { nullable: true }) writerId!: string | null;
  @Column('date', { nullable: true }) draftDueOn!: string | null;
  @Column('date', { nullable: true }) publishOn!: string | null;
  @Column('timestamptz', { nullable: true }) nextAt!: Date | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
