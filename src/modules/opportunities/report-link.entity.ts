import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A signed address where a prospect reports the link live. Only the hash of its token is kept. */
@Entity('report_links')
export class ReportLink {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  /** SHA-256 of the token, in hex. */
  @Column('text') readonly tokenHash!: string;
  @Column('uuid') readonly opportunityId!: string;
  /** Whom it was made for, when it stands in a mail. */
  @Column('uuid', { nullable: true }) readonly contactId!: string | null;
  @Column('timestamptz') readonly expiresAt!: Date;
  @Column('timestamptz', { nullable: true }) readonly revokedAt!: Date | null;
  /** Reports taken on `reportsOn`: nobody floods us through it. */
  @Column('int') readonly reportsToday!: number;
  @Column('date', { nullable: true }) readonly reportsOn!: string | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
