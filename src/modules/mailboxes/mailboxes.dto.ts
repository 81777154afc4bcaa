import { IsBoolean, IsDefined, IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { domainOf } from '../../domain/email-address.js';
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
const SELECTOR = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const IS_SELECTOR = { message: 'must be letters, digits and hyphens, as in mail2026' };
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

/** Signs every mail beside what the mail provider signs, in the name of the domain of `fromAddress`. */
export class DkimRequest {
  /** Where the public key stands: `<selector>._domainkey.<domain>`. */
  @IsString() @MinLength(1) @MaxLength(63) @Matches(SELECTOR, IS_SELECTOR) selector!: string;
  /** RSA of 1024 bits or more, better 2048, in PEM without a passphrase. Never shown again. */
  @IsString() @MinLength(1) @MaxLength(10_000) privateKey!: string;
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
  @IsOptional() @Nested(() => DkimRequest) dkim?: DkimRequest | null;
  /** Put a copy of each mail into the folder of sent mails; false unless given, since most large providers do so themselves. Needs IMAP. */
  @IfGiven() @IsBoolean() sentCopy?: boolean;
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
  /** The whole of it. Goes by itself when `fromAddress` moves to another domain. */
  @IsOptional() @Nested(() => DkimRequest) dkim?: DkimRequest | null;
  @IfGiven() @IsBoolean() sentCopy?: boolean;
  /** Host name that links in mails stand under, as in links.your-domain.com. Tried at once: until it leads here, and when null, links stand under PUBLIC_URL. Send it again to try again. */
  @IsOptional() @IsString() @OneLine() @MinLength(1) @MaxLength(260) linkDomain?: string | null;
  /** disabled takes it out of use, connected brings it back, and ends an alarm. */
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

export class DkimResponse {
  selector!: string;
  /** The public key is looked for at `<selector>._domainkey.<domain>`. */
  domain!: string;
}

/** A server blocks the sender: nothing leaves until somebody sends `state: connected`. */
export class MailboxAlarmResponse {
  /** What the server answered, as in 5.7.1. */
  code!: string;
  /** The server's words. */
  detail!: string;
  at!: string;
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

export class MailboxCheckResponse {
  at!: string;
  ok!: boolean;
  detail!: string;
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
  /** Goes before that of the project. */
  linkDomain!: string | null;
  /** When it answered as ours; null: it is not used yet. */
  linkDomainVerifiedAt!: string | null;
  dkim!: DkimResponse | null;
  sentCopy!: boolean;
  alarm!: MailboxAlarmResponse | null;
  state!: MailboxState;
  stateReason!: string | null;
  /** The last try to log in. */
  lastCheck!: MailboxCheckResponse | null;
  createdAt!: string;

  static from(mailbox: MailboxRow): MailboxResponse {
    const { id, version, name, fromName, fromAddress, perDay, perHour, gapSeconds, signature, state, stateReason } = mailbox;
    return {
      ...{ id, version, name, fromName, fromAddress },
      smtp: smtpOf(mailbox),
      imap: imapOf(mailbox),
      limits: { perDay, perHour, gapSeconds, ramp: rampOf(mailbox) },
      window: SendWindowResponse.from(mailbox.sendWindow),
      dkim: mailbox.dkimSelector === null ? null : { selector: mailbox.dkimSelector, domain: domainOf(fromAddress) },
      alarm: alarmOf(mailbox),
      sentCopy: mailbox.sentCopy,
      ...{ linkDomain: mailbox.linkDomain, linkDomainVerifiedAt: mailbox.linkDomainVerifiedAt?.toISOString() ?? null },
      ...{ signature, state, stateReason, lastCheck: checkOf(mailbox) },
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

export class ServerTestResponse {
  ok!: boolean;
  /** What happened, in a sentence. */
  detail!: string;
}

export class MailboxTestResponse {
  /** Whether a mail could be handed over now, and its folder of sent mails be read where there is IMAP. */
  ok!: boolean;
  /** What happened at the SMTP server, in a sentence. */
  detail!: string;
  /** Only for a mailbox with IMAP. */
  imap?: ServerTestResponse;
}

function rampOf({ rampStart: start, rampStep: step, rampDays: daysSent }: MailboxRow): RampResponse | null {
  return start === null || step === null ? null : { start, step, daysSent };
}

function smtpOf(mailbox: MailboxRow): SmtpResponse {
  const { smtpHost: host, smtpPort: port, smtpSecurity: security, smtpAuth: auth, smtpUser: user } = mailbox;
  return { host, port, security, auth, user, hasPassword: mailbox.hasSmtpPassword };
}

function alarmOf({ alarmCode: code, alarmDetail: detail, alarmAt: at }: MailboxRow): MailboxAlarmResponse | null {
  return code === null || at === null ? null : { code, detail: detail ?? '', at: at.toISOString() };
}

function imapOf(mailbox: MailboxRow): ImapResponse | null {
  const { imapHost: host, imapPort: port, imapSecurity: security, imapUser: user } = mailbox;
  if (host === null || port === null || security === null || user === null) return null;
  return { host, port, security, user, hasPassword: mailbox.hasImapPassword };
}

function checkOf({ checkedAt, checkOk, checkDetail }: MailboxRow): MailboxCheckResponse | null {
  return checkedAt === null ? null : { at: checkedAt.toISOString(), ok: checkOk === true, detail: checkDetail ?? '' };
}
