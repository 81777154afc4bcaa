import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a template said from one change to the next. Never altered: a sent mail names its version (F19). */
@Entity('template_versions')
export class TemplateVersion {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('uuid') readonly templateId!: string;
  /** 1, 2, 3 … within the template. */
  @Column('int') readonly number!: number;
  @Column('text') readonly subject!: string;
  @Column('text') readonly text!: string;
  /** Null: made from the text. */
  @Column('text', { nullable: true }) readonly html!: string | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
