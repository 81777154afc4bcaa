import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Lane } from '../../domain/fair-share.js';
import type { MessageState } from '../../domain/machines/message.js';

/** One mail, out or in. An outgoing one moves only through pipeline; an incoming one is `received` and stays. */
@Entity('messages')
export class Message {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('text') readonly direction!: 'out' | 'in';
  @Column('text') readonly source!: 'sequence' | 'person' | 'mailbox' | 'reclaim' | 'nudge';
  @Column('text') readonly state!: MessageState | 'received';
  @Column('timestamptz') readonly stateChangedAt!: Date;
  @Column('text', { nullable: true }) readonly stateReason!: string | null;
  @Column('uuid', { nullable: true }) readonly projectId!: string | null;
  @Column('uuid', { nullable: true }) readonly campaignId!: string | null;
  @Column('uuid', { nullable: true }) readonly opportunityId!: string | null;
  @Column('uuid', { nullable: true }) readonly prospectId!: string | null;
  @Column('uuid', { nullable: true }) readonly contactId!: string | null;
  @Column('uuid', { nullable: true }) readonly enrollmentId!: string | null;
  @Column('text', { nullable: true }) readonly stepKey!: string | null;
  @Column('uuid', { nullable: true }) readonly pitchId!: string | null;
  @Column('uuid') readonly mailboxId!: string;
  @Column('uuid', { nullable: true }) readonly threadId!: string | null;
  @Column('uuid', { nullable: true }) readonly templateVersionId!: string | null;
  /** Without angle brackets; fixed before anything is sent (RFC 5322 section 3.6.4). */
  @Column('text', { nullable: true }) readonly rfcMessageId!: string | null;
  @Column('text', { nullable: true }) inReplyTo!: string | null;
  /** Message-IDs of the thread, oldest first. */
  @Column('text', { array: true }) referenceIds!: string[];
  @Column('text') readonly fromAddress!: string;
  @Column('text') readonly toAddress!: string;
  @Column('text', { nullable: true }) subject!: string | null;
  @Column('text', { nullable: true }) text!: string | null;
  @Column('text', { nullable: true }) html!: string | null;
  /** Asks for something unasked, so law wants a postal address and an opt-out (standards 26). */
  @Column('boolean') readonly commercial!: boolean;
  /** Of a sequence: what kind of step it is, and which of several texts. */
  @Column('text', { nullable: true }) readonly stepKind!: 'mail' | 'review' | null;
  @Column('text', { nullable: true }) readonly variantKey!: string | null;
  /** Its step has conditions: they are asked again before it leaves. */
  @Column('boolean') readonly conditional!: boolean;
  @Column('text', { nullable: true }) readonly class!: string | null;
  @Column('text', { nullable: true }) readonly matchMethod!: string | null;
  /** Inbound: the outgoing message that it answers. */
  @Column('uuid', { nullable: true }) readonly answersId!: string | null;
  /** A mail that goes out only while nobody answers: the mail that it follows (F81). */
  @Column('uuid', { nullable: true }) readonly followUpOf!: string | null;
  /** Business days of silence after that mail. */
  @Column('smallint', { nullable: true }) readonly followUpDays!: number | null;
  /** A draft that asks for this link again (F76). */
  @Column('uuid', { nullable: true }) readonly reclaimsBacklinkId!: string | null;
  @Column('uuid', { nullable: true }) readonly rawId!: string | null;
  /** Which queue of its mailbox it waits in. */
  @Column('smallint') readonly lane!: Lane;
  /** When the sequence wanted it to leave; null for mails of persons. */
  @Column('timestamptz', { nullable: true }) readonly dueAt!: Date | null;
  @Column('timestamptz', { nullable: true }) nextAt!: Date | null;
  @Column('timestamptz', { nullable: true }) claimedUntil!: Date | null;
  @Column('uuid', { nullable: true }) claimToken!: string | null;
  @Column('int') attempts!: number;
  @Column('text', { nullable: true }) lastResponse!: string | null;
  @Column('timestamptz', { nullable: true }) transmittingAt!: Date | null;
  @Column('timestamptz', { nullable: true }) sentAt!: Date | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
