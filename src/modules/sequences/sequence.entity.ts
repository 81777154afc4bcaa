import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The steps that a contact is taken through. They stand in its versions. */
@Entity('sequences')
export class Sequence {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('text') readonly name!: string;
  @Column('uuid') readonly currentVersionId!: string;
  /** Variants that have lost are given to nobody who is enrolled later. */
  @Column('boolean') readonly retireLosers!: boolean;
  @Column('timestamptz') readonly createdAt!: Date;
}
