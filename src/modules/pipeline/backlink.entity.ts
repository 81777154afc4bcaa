import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SeenLink } from '../../domain/link-changes.js';
import type { BacklinkState } from '../../domain/machines/backlink.js';

/** One link from a page to a target page. `state` is what we believe and moves only through pipeline; `lastVerdict` is what one check saw. */
@Entity('backlinks')
export class Backlink {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('uuid') readonly projectId!: string;
  @Column('uuid', { nullable: true }) readonly campaignId!: string | null;
  @Column('uuid', { nullable: true }) readonly opportunityId!: string | null;
  @Column('uuid', { nullable: true }) readonly prospectId!: string | null;
  @Column('uuid', { nullable: true }) readonly targetPageId!: string | null;
  @Column('uuid', { nullable: true }) readonly agreementItemId!: string | null;
  @Column('text') readonly origin!: 'outreach' | 'guest_post' | 'natural' | 'manual';
  /** Null while the link is only expected. */
  @Column('text', { nullable: true }) sourceUrl!: string | null;
  /** The normalised address: the same page reported twice is one link. */
  @Column('text', { nullable: true }) sourceKey!: string | null;
  @Column('text') readonly targetUrl!: string;
  @Column('text') readonly targetKey!: string;
  @Column('text', { nullable: true }) expectedAnchor!: string | null;
  /** Accepted rel values; null accepts any. */
  @Column('text', { array: true, nullable: true }) expectedRel!: string[] | null;
  @Column('boolean') paid!: boolean;
  /** Counts for the success of its opportunity. */
  @Column('boolean') required!: boolean;
  @Column('boolean') topValue!: boolean;
  @Column('text') readonly state!: BacklinkState;
  @Column('timestamptz') readonly stateChangedAt!: Date;
  @Column('text', { nullable: true }) readonly stateReason!: string | null;
  @Column('text') complianceStatus!: 'ok' | 'violated' | 'policy_risk' | 'not_judged';
  @Column('text', { array: true }) complianceCodes!: string[];
  @Column('uuid', { nullable: true }) lastCheckId!: string | null;
  @Column('text', { nullable: true }) lastVerdict!: 'live' | 'not_live' | 'unknown' | null;
  @Column('timestamptz', { nullable: true }) lastCheckedAt!: Date | null;
  @Column('timestamptz', { nullable: true }) readonly firstLiveAt!: Date | null;
  @Column('timestamptz', { nullable: true }) lastLiveAt!: Date | null;
  @Column('int') negativeChecks!: number;
  @Column('timestamptz', { nullable: true }) firstNegativeAt!: Date | null;
  @Column('int') unknownChecks!: number;
  @Column('text', { array: true }) missCodes!: string[];
  @Column('text', { array: true }) signCodes!: string[];
  @Column('jsonb', { nullable: true }) seenLooks!: SeenLink | null;
  @Column('jsonb', { nullable: true }) newLooks!: SeenLink | null;
  @Column('int') checksMade!: number;
  @Column('timestamptz', { nullable: true }) reviewDueAt!: Date | null;
  @Column('timestamptz', { nullable: true }) expiresAt!: Date | null;
  /** The end that was warned of, and how many days before. */
  @Column('timestamptz', { nullable: true }) expiryWarnedFor!: Date | null;
  @Column('smallint', { nullable: true }) expiryWarnedDays!: 2 | 7 | 14 | null;
  /** The loss, by when it was, that was looked after: with a draft, or without one. */
  @Column('timestamptz', { nullable: true }) reclaimFor!: Date | null;
  @Column('timestamptz', { nullable: true }) nextAt!: Date | null;
  @Column('timestamptz', { nullable: true }) claimedUntil!: Date | null;
  @Column('uuid', { nullable: true }) claimToken!: string | null;
  @Column('text', { nullable: true }) externalRef!: string | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
