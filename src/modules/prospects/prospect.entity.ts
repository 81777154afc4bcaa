import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Whether the site can still carry a link. */
export const PROSPECT_CONDITIONS = ['ok', 'parked', 'sold', 'gone'] as const;
export type ProspectCondition = (typeof PROSPECT_CONDITIONS)[number];

/** A website that could link to us: one a registrable domain and workspace (F1, F2). */
@Entity('prospects')
export class Prospect {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  /** Registrable domain in punycode; host:port of an inner site. */
  @Column('text') readonly domain!: string;
  /** As it was given when the site became known. */
  @Column('text') readonly url!: string;
  @Column('text', { nullable: true }) name!: string | null;
  @Column('text', { nullable: true }) country!: string | null;
  @Column('text', { array: true }) tags!: string[];
  @Column('text') readonly condition!: ProspectCondition;
  @Column('text', { nullable: true }) externalRef!: string | null;
  /** Kept by pipeline: the guard reads it (F3). */
  @Column('timestamptz', { nullable: true }) readonly lastContactedAt!: Date | null;
  @Column('uuid', { nullable: true }) readonly mergedIntoId!: string | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
