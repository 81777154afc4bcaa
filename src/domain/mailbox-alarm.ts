import type { SmtpStage } from './smtp-reply.js';

export interface RefusalOfSender {
  readonly code: number;
  readonly enhanced: string | undefined;
  readonly stage: SmtpStage;
  /** Of a permanent refusal. */
  readonly fault?: 'address' | 'sender' | 'other' | undefined;
}

/**
 * Whether a refusal is about the sender, so that every further mail would make it worse: the mailbox then waits for a person.
 *
 * X.7 of RFC 3463 is policy; 4.7.23 to 4.7.32 are Gmail's words for a domain that is not set up (standards 9, 44). A refusal
 * before the envelope is about the login, which is another matter.
 *
 * @returns the code to show, such as `5.7.1`; undefined when the sender is not at fault
 */
export function alarmCodeOf({ code, enhanced, stage, fault }: RefusalOfSender): string | undefined {
  if (stage === 'session') return undefined;
  if (code >= 500) return fault === 'sender' ? (enhanced ?? String(code)) : undefined;
  return enhanced !== undefined && /^4\.7\.(?:2[3-9]|3[0-2])$/.test(enhanced) ? enhanced : undefined;
}
