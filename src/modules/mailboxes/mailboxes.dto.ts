import { IsDefined, IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { Nested } from '../../platform/http/input/nested.decorator.js';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import { SendWindowRequest, SendWindowResponse } from '../../platform/http/input/send-window.dto.js';
import { MAIL_SECURITIES, type MailboxState, type MailSecurity } from './mailbox.entity.js';
import type { MailboxRow } from './mailboxes.queries.js';

const ONE_LINE = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u;
const IS_ONE_LINE = { message: 'must be one line' };
const HOST = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?|\[?[0-9A-Fa-f:.]+\]?)$/;
const IS_HOST = { message: 'must be a host name or an IP address' };
const AUTHS = ['password', 'oauth'] as const;

export class SmtpRequest {
  @IsString() @MinLength(1) @MaxLength(255) @Matches(HOST, IS_HOST) host!: string;
  @IsInt() @Min(1) @Max(65_535) port!: number;
  /** tls from the first byte, starttls or nothing at all; none only for servers on addresses that MAIL_ALLOW_CIDRS names. */
  @IsIn(MAIL_SECURITIES) security!: MailSecurity;
  /** Only password for now. */
  @IsOptional() @IsIn(AUTHS) auth?: (typeof AUTHS)[number];
  @IsOptional() @IsString() @MinLength(1) @MaxLength(320) @Matches(ONE_LINE, IS_ONE_LINE) user?: string | null;
  /** Never shown again. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(1000) password?: string | null;
}

export class ImapRequest {
  @IsString() @MinLength(1) @MaxLength(255) @Matches(HOST, IS_HOST) host!: string;
  @IsInt() @Min(1) @Max(65_535) port!: number;
  @IsIn(MAIL_SECURITIES) security!: MailSecurity;
  @IsString() @MinLength(1) @MaxLength(320) @Matches(ONE_LINE, IS_ONE_LINE) user!: string;
  /** Never shown again. */
  @IsString() @MinLength(1) @MaxLength(1000) password!: string;
}

/** How a new mailbox grows. */
export class RampRequest {
  /** Mails of the first day. */
  @IsInt() @Min(1) @Max(100_000) start!: number;
  /** How many more on each further day on which it sends. */
  @IsInt() @Min(0) @Max(100_000) step!: number;
}

/** Of this mailbox; the smallest of all limits wins. */
export class LimitsRequest {
  /** 40 unless given. */
  @IfGiven() @IsInt() @Min(1) @Max(100_000) perDay?: number;
  /** 8 unless given. */
  @IfGiven() @IsInt() @Min(1) @Max(100_000) perHour?: number;
  /** Seconds between two mails; 90 unless given. */
  @IfGiven() @IsInt() @Min(0) @Max(86_400) gapSeconds?: number;
  /** Begins anew when given; null is none. Absent from a mailbox that names no limits at all: 5 on the first day, 5 more each day it sends. */
  @IsOptional() @Nested(() => RampRequest) ramp?: RampRequest | null;
}

export class CreateMailboxRequest {
  /** What your team calls it. */
  @IsString() @OneLine() @MinLength(1) @MaxLength(200) name!: string;
  /** The name recipients see. */
  @IsString() @MinLength(1) @MaxLength(200) @Matches(ONE_LINE, IS_ONE_LINE) fromName!: string;
  @IsString() @MinLength(3) @MaxLength(254) fromAddress!: string;
  @IsDefined() @Nested(() => SmtpRequest) smtp!: SmtpRequest;
  @IsOptional() @Nested(() => ImapRequest) imap?: ImapRequest | null;
  @IsOptional() @Nested(() => LimitsRequest) limits?: LimitsRequest | null;
  /** Hours of the mailbox, whoever the recipient is; null is any time. */
  @IsOptional() @Nested(() => SendWindowRequest) window?: SendWindowRequest | null;
  @IsOptional() @IsString() @MaxLength(5000) signature?: string | null;
}

export class ChangeSmtpRequest {
  @IfGiven() @IsString() @MinLength(1) @MaxLength(255) @Matches(HOST, IS_HOST) host?: string;
  @IfGiven() @IsInt() @Min(1) @Max(65_535) port?: number;
  @IfGiven() @IsIn(MAIL_SECURITIES) security?: MailSecurity;
  @IfGiven() @IsIn(AUTHS) auth?: (typeof AUTHS)[number];
  /** Null, with a null password: the server asks for no login. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(320) @Matches(ONE_LINE, IS_ONE_LINE) user?: string | null;
  /** Must come along when anything else about the server changes: a kept password never goes to another one. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(1000) password?: string | null;
}

/** Absent stays, null clears. */
export class ChangeMailboxRequest {
  @IfGiven() @IsString() @OneLine() @MinLength(1) @MaxLength(200) name?: string;
  @IfGiven() @IsString() @MinLength(1) @MaxLength(200) @Matches(ONE_LINE, IS_ONE_LINE) fromName?: string;
  @IfGiven() @IsString() @MinLength(3) @MaxLength(254) fromAddress?: string;
  @IfGiven() @Nested(() => ChangeSmtpRequest) smtp?: ChangeSmtpRequest;
  /** The whole of it, password included. */
  @IsOptional() @Nested(() => ImapRequest) imap?: ImapRequest | null;
  @IfGiven() @Nested(() => LimitsRequest) limits?: LimitsRequest;
  /** Null: any time. */
  @IsOptional() @Nested(() => SendWindowRequest) window?: SendWindowRequest | null;
  @IsOptional() @IsString() @MaxLength(5000) signature?: string | null;
  /** disabled takes it out of use, connected brings it back. */
  @IfGiven() @IsIn(['connected', 'disabled']) state?: 'connected' | 'disabled';
}

export class SmtpResponse {
  host!: string;
  port!: number;
  security!: MailSecurity;
  auth!: 'password' | 'oauth';
  user!: string | null;
  hasPassword!: boolean;
}

export class ImapResponse {
  host!: string;
  port!: number;
  security!: MailSecurity;
  user!: string;
  hasPassword!: boolean;
}

export class RampResponse {
  start!: number;
  step!: number;
  /** On which it has sent since the ramp began. */
  daysSent!: number;
}

export class LimitsResponse {
  perDay!: number;
  perHour!: number;
  gapSeconds!: number;
  /** Null: none. */
  ramp!: RampResponse | null;
}

export class MailboxResponse {
  id!: string;
  version!: number;
  name!: string;
  fromName!: string;
  fromAddress!: string;
  smtp!: SmtpResponse;
  imap!: ImapResponse | null;
  limits!: LimitsResponse;
  /** Null: any time. */
  window!: SendWindowResponse | null;
  signature!: string | null;
  state!: MailboxState;
  stateReason!: string | null;
  createdAt!: string;

  static from(mailbox: MailboxRow): MailboxResponse {
    const { id, version, name, fromName, fromAddress, perDay, perHour, gapSeconds, signature, state, stateReason } = mailbox;
    return {
      ...{ id, version, name, fromName, fromAddress },
      smtp: smtpOf(mailbox),
      imap: imapOf(mailbox),
      limits: { perDay, perHour, gapSeconds, ramp: rampOf(mailbox) },
      window: SendWindowResponse.from(mailbox.sendWindow),
      ...{ signature, state, stateReason },
      createdAt: mailbox.createdAt.toISOString(),
    };
  }
}

export class MailboxList {
  data!: MailboxResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}

export class MailboxTestResponse {
  /** Whether a mail could be handed over now. */
  ok!: boolean;
  /** What happened, in a sentence. */
  detail!: string;
}

function rampOf({ rampStart: start, rampStep: step, rampDays: daysSent }: MailboxRow): RampResponse | null {
  return start === null || step === null ? null : { start, step, daysSent };
}

function smtpOf(mailbox: MailboxRow): SmtpResponse {
  const { smtpHost: host, smtpPort: port, smtpSecurity: security, smtpAuth: auth, smtpUser: user } = mailbox;
  return { host, port, security, auth, user, hasPassword: mailbox.hasSmtpPassword };
}

function imapOf(mailbox: MailboxRow): ImapResponse | null {
  const { imapHost: host, imapPort: port, imapSecurity: security, imapUser: user } = mailbox;
  if (host === null || port === null || security === null || user === null) return null;
  return { host, port, security, user, hasPassword: mailbox.hasImapPassword };
}
