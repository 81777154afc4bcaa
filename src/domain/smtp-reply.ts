/** How far the conversation was when the reply came: nothing about this mail, its sender, its recipient, its content. */
export type SmtpStage = 'session' | 'sender' | 'recipient' | 'content';

export interface SmtpReply {
  /** RFC 5321 section 4.2.1 */
  readonly code: number;
  /** RFC 3463, such as 5.1.1, where the server sent one. */
  readonly enhanced: string | undefined;
  readonly text: string;
}

export type SmtpVerdict =
  /** `mailbox`: the server turned the sender away for now, other recipients would fare no better. */
  | { readonly is: 'temporary'; readonly scope: 'recipient' | 'mailbox'; readonly retryAfterMs: number | undefined }
  /** `address`: nobody can be reached there (a hard bounce). `sender`: the mailbox is at fault, the contact is spared. */
  | { readonly is: 'permanent'; readonly fault: 'address' | 'sender' | 'other' };

/** Reads a refusal as it was sent, all its lines. Undefined when it is no 4xx or 5xx reply. */
export function parseSmtpRefusal(response: string): SmtpReply | undefined {
  const match = /^([45]\d\d)(?!\d)(?:[ -]+([45]\.\d{1,3}\.\d{1,3})\b)?/.exec(response);
  if (!match) return undefined;
  const text = response.replace(/[^\P{Cc}\n]/gu, '').slice(0, 1000);
  return { code: Number(match[1]), enhanced: match[2], text };
}

/** What a refusal means for the message, the mailbox and the contact. */
export function judgeSmtpReply(reply: SmtpReply, stage: SmtpStage): SmtpVerdict {
  // 503 says that client and server lost each other, nothing about the mail
  if (reply.code < 500 || reply.code === 503) {
    return { is: 'temporary', scope: turnsSenderAway(reply, stage) ? 'mailbox' : 'recipient', retryAfterMs: retryHint(reply.text) };
  }
  return { is: 'permanent', fault: faultOf(reply, stage) };
}

/** 421 closes the service (RFC 5321 section 3.8); 4.7.23 to 4.7.32 are Gmail's complaints about the sender's DNS (standards 9). */
function turnsSenderAway(reply: SmtpReply, stage: SmtpStage): boolean {
  return reply.code === 421 || stage === 'session' || stage === 'sender' || /^4\.7\.(?:2[3-9]|3[0-2])$/.test(reply.enhanced ?? '');
}

function faultOf(reply: SmtpReply, stage: SmtpStage): 'address' | 'sender' | 'other' {
  if (stage === 'session' || stage === 'sender') return 'sender';
  if (NO_SUCH_RECIPIENT.test(reply.text) && !BLOCKED.test(reply.text)) return 'address';
  if (reply.enhanced !== undefined) return faultOfEnhanced(reply.enhanced);
  if (BLOCKED.test(reply.text)) return 'sender';
  // without an enhanced code these mean at RCPT that the mailbox is not there (RFC 5321 section 4.2.2, RFC 7504)
  return stage === 'recipient' && [550, 551, 553, 556].includes(reply.code) ? 'address' : 'other';
}

/** RFC 3463 section 3.2: X.1 is about addresses, but 5.1.7 and 5.1.8 about the sender's; X.2.1 is a disabled mailbox; X.7 is policy. */
function faultOfEnhanced(enhanced: string): 'address' | 'sender' | 'other' {
  if (['5.1.7', '5.1.8', '5.1.9'].includes(enhanced) || enhanced.startsWith('5.7.')) return 'sender';
  return enhanced.startsWith('5.1.') || enhanced === '5.2.1' ? 'address' : 'other';
}

/** Exchange Online says 5.4.1 "Recipient address rejected: Access denied" for an address that does not exist. */
const NO_SUCH_RECIPIENT =
  /\b5\.4\.1\b.*recipient address rejected|user unknown|unknown user|no such user|mailbox (?:unavailable|not found)|does not exist/is;
const BLOCKED =
  /\bspam|block(?:ed|ing|list)|blacklist|spamhaus|\bpolic(?:y|ies)|reputation|relay(?:ing)?\b.*denied|authenticat|\bdmarc\b|\bspf\b|\bdkim\b/i;

const SECOND_MS = 1000;
const UNITS_MS: readonly (readonly [prefix: string, ms: number])[] = [
  ['s', SECOND_MS],
  ['m', 60 * SECOND_MS],
  ['h', 3600 * SECOND_MS],
];
const LONGEST_HINT_MS = 24 * 3600 * SECOND_MS;

/** Greylisting servers often say how long: "try again in 5 minutes". No standard; at most a day is believed. */
function retryHint(text: string): number | undefined {
  const match = /\b(?:in|after|for|wait)\s+(\d{1,6})\s*(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:ours?)?)\b/i.exec(text);
  if (!match) return undefined;
  const unitMs = UNITS_MS.find(([prefix]) => match[2]?.toLowerCase().startsWith(prefix))?.[1] ?? SECOND_MS;
  return Math.min(Number(match[1]) * unitMs, LONGEST_HINT_MS);
}
