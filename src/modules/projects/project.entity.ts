import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A site we build links for. */
@Entity('projects')
export class Project {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('text') name!: string;
  @Column('text') url!: string;
  /** The registrable domain of `url` in punycode, or host:port of an inner site. */
  @Column('text') domain!: string;
  @Column('text', { nullable: true }) externalRef!: string | null;
  /** What links in mails of the project stand under, once it is verified; else PUBLIC_URL. */
  @Column('text', { nullable: true }) linkDomain!: string | null;
  @Column('timestamptz', { nullable: true }) linkDomainVerifiedAt!: Date | null;
  @Column('timestamptz', { nullable: true }) archivedAt!: Date | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
