import { domainOf, normaliseEmail } from '../../domain/email-address.js';
import { RuleViolation } from '../../domain/errors.js';
import { CAREFUL_RAMP, type RampPlan } from '../../domain/ramp.js';
import type { Mailbox, MailSecurity } from './mailbox.entity.js';

/** How the SMTP server is reached and logged in to; `keepPassword` leaves the sealed one as it is. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  readonly auth?: 'password' | 'oauth' | undefined;
  readonly user?: string | null | undefined;
  readonly password?: string | null | undefined;
}

export interface ImapSettings {
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  readonly user: string;
  readonly password: string;
}

export type SmtpChange = { readonly [Field in keyof SmtpSettings]?: SmtpSettings[Field] | undefined };

export interface Limits {
  readonly perDay?: number | undefined;
  readonly perHour?: number | undefined;
  readonly gapSeconds?: number | undefined;
  readonly ramp?: RampPlan | null | undefined;
}

/** A careful start for an address nobody knows yet (features F28, F34). */
const CAREFUL = { perDay: 40, perHour: 8, gapSeconds: 90 } as const;

/** The limits of a new mailbox. Who names any knows the mailbox: then it grows only as they say. */
export function newLimits(limits: Limits | null | undefined) {
  const { perDay, perHour, gapSeconds } = { ...CAREFUL, ...withoutAbsent(limits ?? {}) };
  return { perDay, perHour, gapSeconds, ...rampColumns(limits ? (limits.ramp ?? null) : CAREFUL_RAMP) };
}

/** What a change sets of them: a ramp that is given begins anew. */
export function changedLimits(limits: Limits | null | undefined): Partial<Mailbox> {
  const { ramp, ...plain } = limits ?? {};
  return { ...withoutAbsent(plain), ...(ramp !== undefined && rampColumns(ramp)) };
}

function rampColumns(ramp: RampPlan | null) {
  return { rampStart: ramp?.start ?? null, rampStep: ramp?.step ?? null, rampDays: 0, rampOn: null };
}

type Present<T> = { [Field in keyof T]?: Exclude<T[Field], undefined> };

export function withoutAbsent<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>; // what was left out cannot be undefined
}

/** A careful start for an address nobody knows yet (features F28, F34). */
export const DEFAULT_LIMITS = { perDay: 40, perHour: 8, gapSeconds: 90 } as const;

export const NO_ACCOUNT = { oauthProvider: null, oauthTokensSealed: null, oauthExpiresAt: null } as const;

export const NO_ALARM = { alarmCode: null, alarmDetail: null, alarmAt: null } as const;

/** The address as mail servers compare it. @throws RuleViolation `invalid_email` */
export function requireSenderAddress(given: string): string {
  const address = normaliseEmail(given);
  if (address === undefined) throw RuleViolation.at('/fromAddress', 'invalid_email', 'This is no e-mail address that mail can come from.');
  return address;
}

/** An account at a provider sends as itself only. @throws RuleViolation `oauth_other_address` */
export function requireOwnAddress({ smtpAuth, fromAddress }: Mailbox, wanted: string): void {
  if (smtpAuth !== 'oauth' || wanted === fromAddress) return;
  throw RuleViolation.at('/fromAddress', 'oauth_other_address', 'The connected account sends as itself only: connect the other one instead.');
}

/**
 * A login has both parts or none.
 * @throws RuleViolation `oauth_not_available`, `password_required`, `user_required`
 */
export function requireLogin(smtp: SmtpSettings): void {
  if (smtp.auth === 'oauth') {
    const detail = 'Such a login is made at the provider: begin at POST /api/v1/mailboxes/oauth.';
    throw RuleViolation.at('/smtp/auth', 'oauth_not_available', detail);
  }
  if (smtp.user && !smtp.password) throw RuleViolation.at('/smtp/password', 'password_required', 'A user needs a password.');
  if (smtp.password && !smtp.user) throw RuleViolation.at('/smtp/user', 'user_required', 'A password needs a user.');
}

/**
 * The SMTP settings after a change. Undefined when only the kept password, or nothing, is meant.
 *
 * A stored password is never shown, and it must not be had by sending it to a server of one's own either: who changes the
 * server or the user brings the password along.
 *
 * @throws RuleViolation as requireLogin
 */
export function changedSmtp(mailbox: Mailbox, change: SmtpChange): SmtpSettings | undefined {
  const { smtpHost: host, smtpPort: port, smtpSecurity: security, smtpAuth: auth, smtpUser: user } = mailbox;
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const present = { host, port, security, auth, user };
  let wanted: SmtpSettings = { ...present, ...given };
  // what the account gave is for its own servers: with the server it goes, and a password comes in its place
  if (auth === 'oauth' && change.auth === undefined && Object.keys(given).length > 0) wanted = { ...wanted, auth: 'password' };
  const same = change.password === undefined && Object.entries(present).every(([field, value]) => wanted[field as keyof SmtpSettings] === value);
  if (same) return undefined;
  requireLogin(wanted);
  return wanted;
}

/** The name for EHLO: the machine's own is nobody's business. */
export function clientNameOf(mailbox: Pick<Mailbox, 'fromAddress'>): string {
  return domainOf(mailbox.fromAddress);
}
