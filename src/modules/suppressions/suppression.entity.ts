import { Column, Entity, PrimaryColumn } from 'typeorm';

export const SUPPRESSION_KINDS = ['address', 'domain'] as const;
export type SuppressionKind = (typeof SUPPRESSION_KINDS)[number];

/** Where the wish for silence comes from. */
export const SUPPRESSION_SOURCES = ['person', 'one_click', 'reply', 'bounce', 'complaint', 'import', 'erasure'] as const;
export type SuppressionSource = (typeof SUPPRESSION_SOURCES)[number];

/** An address, or a mail domain with all below it, that is never to be mailed: in the workspace, or for one project. */
@Entity('suppressions')
export class Suppression {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('text') readonly kind!: SuppressionKind;
  /** Normalised, as `normaliseEmail` and `normaliseMailDomain` make it. */
  @Column('text', { nullable: true }) readonly value!: string | null;
  /** In place of the value when the person was erased, as `SuppressionHasher` makes it. */
  @Column('text', { nullable: true }) readonly valueHash!: string | null;
  @Column('text') readonly reason!: string;
  @Column('text') readonly source!: SuppressionSource;
  /** Null: for every project. */
  @Column('uuid', { nullable: true }) readonly projectId!: string | null;
  @Column('timestamptz', { nullable: true }) readonly expiresAt!: Date | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
