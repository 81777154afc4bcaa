import type { SendWindow } from '../../domain/send-window.js';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export const MAIL_SECURITIES = ['tls', 'starttls', 'none'] as const;
export type MailSecurity = (typeof MAIL_SECURITIES)[number];

/** `needs_reconnect`: the server refuses the login; `disabled`: a person took it out. Neither sends. */
export const MAILBOX_STATES = ['connected', 'needs_reconnect', 'disabled'] as const;
export type MailboxState = (typeof MAILBOX_STATES)[number];

/** An account that mails go out from and come in to. What is sealed opens only for this mailbox. */
@Entity('mailboxes')
export class Mailbox {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('text') readonly name!: string;
  @Column('text') readonly fromName!: string;
  @Column('text') readonly fromAddress!: string;
  @Column('text') readonly smtpHost!: string;
  @Column('int') readonly smtpPort!: number;
  @Column('text') readonly smtpSecurity!: MailSecurity;
  @Column('text') readonly smtpAuth!: 'password' | 'oauth';
  @Column('text', { nullable: true }) readonly smtpUser!: string | null;
  @Column('text', { nullable: true }) readonly smtpPasswordSealed!: string | null;
  @Column('text', { nullable: true }) readonly imapHost!: string | null;
  @Column('int', { nullable: true }) readonly imapPort!: number | null;
  @Column('text', { nullable: true }) readonly imapSecurity!: MailSecurity | null;
  @Column('text', { nullable: true }) readonly imapUser!: string | null;
  @Column('text', { nullable: true }) readonly imapPasswordSealed!: string | null;
  /** Of an account that was connected at its provider. */
  @Column('text', { nullable: true }) readonly oauthProvider!: 'google' | 'microsoft' | null;
  @Column('text', { nullable: true }) readonly oauthTokensSealed!: string | null;
  @Column('timestamptz', { nullable: true }) readonly oauthExpiresAt!: Date | null;
  /** One process renews the token at a time, until then. */
  @Column('timestamptz', { nullable: true }) readonly oauthRefreshingUntil!: Date | null;
  @Column('text', { nullable: true }) readonly dkimSelector!: string | null;
  @Column('text', { nullable: true }) readonly dkimKeySealed!: string | null;
  @Column('int') readonly perDay!: number;
  @Column('int') readonly perHour!: number;
  @Column('int') readonly gapSeconds!: number;
  /** Mails of its first day, and how many more each day it sends on; null, with rampStep, is no ramp. */
  @Column('int', { nullable: true }) readonly rampStart!: number | null;
  @Column('int', { nullable: true }) readonly rampStep!: number | null;
  /** Days it has sent on since the ramp began, the last of them included, and which that was. */
  @Column('int') readonly rampDays!: number;
  @Column('date', { nullable: true }) readonly rampOn!: string | null;
  /** Null: any time. Without a zone of its own that of the workspace counts. */
  @Column('jsonb', { nullable: true }) readonly sendWindow!: SendWindow | null;
  @Column('text') readonly state!: MailboxState;
  @Column('text', { nullable: true }) readonly stateReason!: string | null;
  /** A server blocks the sender: nothing leaves until a person says `connected`. */
  @Column('text', { nullable: true }) readonly alarmCode!: string | null;
  @Column('text', { nullable: true }) readonly alarmDetail!: string | null;
  @Column('timestamptz', { nullable: true }) readonly alarmAt!: Date | null;
  @Column('text', { nullable: true }) readonly signature!: string | null;
  /** What links in its mails stand under, once it is verified; else the project's, else PUBLIC_URL. */
  @Column('text', { nullable: true }) readonly linkDomain!: string | null;
  @Column('timestamptz', { nullable: true }) readonly linkDomainVerifiedAt!: Date | null;
  /** The last try to log in, and what came of it. */
  @Column('timestamptz', { nullable: true }) readonly checkedAt!: Date | null;
  @Column('boolean', { nullable: true }) readonly checkOk!: boolean | null;
  @Column('text', { nullable: true }) readonly checkDetail!: string | null;
  /** No mail of this mailbox before then: the gap, or the rest after a 421. */
  @Column('timestamptz') readonly nextAt!: Date;
  /** Not later than its first scheduled mail is due; kept by SQL alone. */
  @Column('timestamptz', { nullable: true }) readonly dueAt!: Date | null;
  /** Put a copy of each sent mail into the folder of sent mails; most large providers do so themselves. */
  @Column('boolean') readonly sentCopy!: boolean;
  /** When that folder is next asked about mails of unknown fate. */
  @Column('timestamptz', { nullable: true }) readonly sentLookAt!: Date | null;
  @Column('timestamptz') readonly createdAt!: Date;
}
