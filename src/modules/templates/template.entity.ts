import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A mail to be written to many people. What it says stands in its versions. */
@Entity('templates')
export class Template {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('text') readonly name!: string;
  @Column('uuid') readonly currentVersionId!: string;
  @Column('text', { nullable: true }) readonly externalRef!: string | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
