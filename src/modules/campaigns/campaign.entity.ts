import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { GuardNumbers } from '../../domain/guardrail.js';
import type { SendWindow } from '../../domain/send-window.js';

export const TACTICS = [
  'guest_post',
  'link_insertion',
  'resource_page',
  'broken_link',
  'unlinked_mention',
  'content_promotion',
  'reclamation',
] as const;
export type Tactic = (typeof TACTICS)[number];

export const CAMPAIGN_STATES = ['draft', 'running', 'paused', 'finished'] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/** One tactic for one page: which sequence goes out from which mailboxes, and when. Started and paused by outreach. */
@Entity('campaigns')
export class Campaign {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('text') readonly name!: string;
  @Column('uuid') readonly projectId!: string;
  @Column('uuid') readonly targetPageId!: string;
  @Column('text') readonly tactic!: Tactic;
  @Column('uuid') readonly sequenceId!: string;
  /** Null: mails leave at any time. */
  @Column('jsonb', { nullable: true }) readonly sendWindow!: SendWindow | null;
  /** Its share of a mailbox beside other campaigns. */
  @Column('int') readonly weight!: number;
  /** First mails and follow-ups together; null is no limit of its own. */
  @Column('int', { nullable: true }) readonly perDay!: number | null;
  /** What was due before then is not sent any more. */
  @Column('timestamptz', { nullable: true }) readonly lateBefore!: Date | null;
  @Column('text') readonly state!: CampaignState;
  @Column('text', { nullable: true }) readonly pauseReason!: string | null;
  /** What a guardrail holds it for; null when a person does. */
  @Column('text', { nullable: true }) readonly pauseCode!: 'bounces' | 'complaints' | null;
  @Column('jsonb', { nullable: true }) readonly pauseNumbers!: GuardNumbers | null;
  /** Bounces and complaints count from then on; null: from its start. */
  @Column('timestamptz', { nullable: true }) readonly countedFrom!: Date | null;
  @Column('text', { nullable: true }) readonly externalRef!: string | null;
  @Column('timestamptz', { nullable: true }) readonly startedAt!: Date | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
