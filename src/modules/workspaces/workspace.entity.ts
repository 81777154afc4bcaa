import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A team with all that it owns; the border that nothing crosses. */
@Entity('workspaces')
export class Workspace {
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('text') name!: string;
  /** IANA name: days of reports and limits. */
  @Column('text') timeZone!: string;
  /** Stands in every commercial mail (standards 26). */
  @Column('text', { nullable: true }) postalAddress!: string | null;
  /** Days a site stays with the colleague who wrote to it last (F3). */
  @Column('int') contactGuardDays!: number;
  /** An answer ends the sequences of the whole site, not only of its writer (F37). */
  @Column('boolean') replyStopsSite!: boolean;
  /** Whether a campaign needs the postal address (F48). */
  @Column('text') addressRule!: 'always' | 'never';
  /** Mails a day, over all mailboxes; null is no limit: from one domain of ours, to one domain, to one host of free mail. */
  @Column('int', { nullable: true }) senderDomainPerDay!: number | null;
  @Column('int', { nullable: true }) recipientDomainPerDay!: number | null;
  @Column('int', { nullable: true }) freeMailHostPerDay!: number | null;
  @Column('int') lostAfterChecks!: number;
  @Column('int') lostAfterHours!: number;
  /** How the watch of links compares addresses (standards 67). */
  @Column('boolean') linkIgnoreSlash!: boolean;
  @Column('boolean') linkIgnoreWww!: boolean;
  @Column('timestamptz') readonly createdAt!: Date;
}
