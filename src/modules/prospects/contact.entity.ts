import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Why an address may be used (standards 27-30). */
export const LAWFUL_BASES = ['consent', 'legitimate_interest', 'contract'] as const;
export type LawfulBasis = (typeof LAWFUL_BASES)[number];

/** A person at one or more sites; one a normalised address and workspace (F1). */
@Entity('contacts')
export class Contact {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  /** As it was typed. */
  @Column('text') readonly email!: string;
  /** As `normaliseEmail` makes it: what two contacts cannot share. */
  @Column('text') readonly emailKey!: string;
  @Column('text', { nullable: true }) firstName!: string | null;
  @Column('text', { nullable: true }) lastName!: string | null;
  @Column('text', { nullable: true }) role!: string | null;
  @Column('text', { nullable: true }) timeZone!: string | null;
  @Column('text', { nullable: true }) country!: string | null;
  /** Where the address was found. */
  @Column('text', { nullable: true }) sourceUrl!: string | null;
  @Column('text', { nullable: true }) lawfulBasis!: LawfulBasis | null;
  @Column('text', { nullable: true }) externalRef!: string | null;
  @Column('timestamptz', { nullable: true }) readonly undeliverableAt!: Date | null;
  @Column('timestamptz', { nullable: true }) readonly lastContactedAt!: Date | null;
  /** When a person answered for it that mail may go where the law asks for consent, and who (F86). */
  @Column('timestamptz', { nullable: true }) readonly consentOverrideAt!: Date | null;
  @Column('uuid', { nullable: true }) readonly consentOverrideBy!: string | null;
  /** Of one who was erased: what the suppressions know the address by. */
  @Column('text', { nullable: true }) readonly emailHash!: string | null;
  /** The person that this one turned out to be. */
  @Column('uuid', { nullable: true }) readonly mergedIntoId!: string | null;
  @Column('timestamptz', { nullable: true }) readonly erasedAt!: Date | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
