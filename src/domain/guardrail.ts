/** What came of the mails of one campaign, or of one of its mailboxes. */
export interface GuardNumbers {
  /** That left, or came back at once. */
  readonly sent: number;
  /** Whose address nobody lives at. */
  readonly bounced: number;
  /** That a recipient called spam. */
  readonly complained: number;
}

export type GuardCode = 'bounces' | 'complaints';

/** Below this many mails a rate says little. */
export const GUARD_SAMPLE = 50;
/** Share of mails that come back for good; lists that were checked stay far below. */
const BOUNCES_AT_MOST = 0.05;
/** Never to be reached at Gmail and Yahoo (standards 7, 11). */
const COMPLAINTS_AT_MOST = 0.003;

/** What a campaign must be held for (F34); undefined while it may go on. */
export function brokenGuardrail({ sent, bounced, complained }: GuardNumbers): GuardCode | undefined {
  if (sent < GUARD_SAMPLE) return undefined;
  if (complained / sent >= COMPLAINTS_AT_MOST) return 'complaints';
  return bounced / sent >= BOUNCES_AT_MOST ? 'bounces' : undefined;
}

/** Why it is held, in words for people. */
export function guardrailReason(code: GuardCode, { sent, bounced, complained }: GuardNumbers): string {
  return code === 'bounces' ? `${bounced} of ${sent} mails came back for good.` : `${complained} of ${sent} mails were called spam.`;
}
