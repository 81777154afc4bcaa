import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A page of a project's site that links are wanted to. */
@Entity('target_pages')
export class TargetPage {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('uuid') readonly projectId!: string;
  @Column('text') url!: string;
  @Column('text', { nullable: true }) title!: string | null;
  /** Anchor texts we would like to see, the dearest first. */
  @Column('text', { array: true }) anchors!: string[];
  @Column('timestamptz') readonly createdAt!: Date;
}
