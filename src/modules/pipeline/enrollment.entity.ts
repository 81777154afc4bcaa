import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { EnrollmentState } from '../../domain/machines/enrollment.js';

/** A contact going through a sequence. `state` moves only through pipeline. */
@Entity('enrollments')
export class Enrollment {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('uuid') readonly campaignId!: string;
  @Column('uuid') readonly projectId!: string;
  @Column('uuid') readonly opportunityId!: string;
  @Column('uuid') readonly prospectId!: string;
  @Column('uuid') readonly contactId!: string;
  @Column('uuid') readonly sequenceVersionId!: string;
  /** The mailbox of the thread: given with the first mail and kept (F32). */
  @Column('uuid', { nullable: true }) mailboxId!: string | null;
  @Column('uuid') readonly threadId!: string;
  @Column('text') readonly state!: EnrollmentState;
  @Column('timestamptz') readonly stateChangedAt!: Date;
  @Column('text', { nullable: true }) readonly stateReason!: string | null;
  /** The last step that was planned; null before the first. */
  @Column('text', { nullable: true }) stepKey!: string | null;
  /** When the next step is planned, or the sequence ends; null while a mail is on its way. */
  @Column('timestamptz', { nullable: true }) nextAt!: Date | null;
  /** When the step was due that something blocks; kept by SQL alone. */
  @Column('timestamptz', { nullable: true }) readonly dueAt!: Date | null;
  /** Follow-ups that were due before then are not sent any more; kept by SQL alone. */
  @Column('timestamptz', { nullable: true }) readonly lateBefore!: Date | null;
  /** Was due while its campaign did not run; kept by SQL alone. */
  @Column('boolean') readonly setAside!: boolean;
  @Column('timestamptz') readonly createdAt!: Date;
}
