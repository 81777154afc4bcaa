import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OpportunityStage } from '../../domain/machines/opportunity.js';

/** One prospect worked in one campaign: the card on the board. `stage` moves only through pipeline. */
@Entity('opportunities')
export class Opportunity {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('uuid') readonly campaignId!: string;
  @Column('uuid') readonly projectId!: string;
  @Column('uuid') readonly prospectId!: string;
  /** The member who works it. */
  @Column('uuid', { nullable: true }) ownerId!: string | null;
  @Column('text') readonly stage!: OpportunityStage;
  @Column('timestamptz') readonly stageChangedAt!: Date;
  @Column('text', { nullable: true }) readonly stageReason!: string | null;
  /** From the deal on an opt-out does not move the card, it only stops mail. */
  @Column('boolean') readonly contactBlocked!: boolean;
  /** The page on their site that we ask about. */
  @Column('text', { nullable: true }) pageUrl!: string | null;
  /** A manager lifted the guard: for the creation, or for sending too (F5b). */
  @Column('text', { nullable: true }) guardOverride!: 'create' | 'send' | null;
  /** Whose turn it is; pipeline keeps it. */
  @Column('text', { nullable: true }) readonly waitingOn!: 'us' | 'them' | null;
  @Column('timestamptz', { nullable: true }) readonly waitingSince!: Date | null;
  /** The day a person wants to look at it again. */
  @Column('date', { nullable: true }) nextActionOn!: string | null;
  @Column('text', { nullable: true }) externalRef!: string | null;
  @Column('timestamptz', { nullable: true }) nextAt!: Date | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
