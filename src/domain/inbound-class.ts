import { autoReplySign } from './auto-reply.js';
import type { BounceClass } from './bounce-class.js';
import { BOUNCE_CLASSES, classOfRecipient } from './bounce-class.js';
import type { DeliveryStatus, FeedbackReport, RecipientStatus } from './delivery-status.js';

export const INBOUND_CLASSES = [...BOUNCE_CLASSES, 'complaint', 'auto_reply', 'human', 'unclassified'] as const;
export type InboundClass = (typeof INBOUND_CLASSES)[number];

/** What classification reads of a mail; `parseInbound` gives it. */
export interface InboundFacts {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly text?: string;
  readonly deliveryStatus?: DeliveryStatus;
  readonly feedbackReport?: FeedbackReport;
}

export interface JudgedRecipient extends RecipientStatus {
  readonly class: BounceClass;
}

export interface InboundVerdict {
  readonly class: InboundClass;
  /** One entry for each recipient that a bounce names; each is judged on its own (standards 43). */
  readonly recipients: readonly JudgedRecipient[];
  /** What decided, for the timeline: a status code, a header. */
  readonly because: string;
}

/** Who tells us that a person called our mail spam, or asked to be let alone (RFC 5965, RFC 6430 for not-spam). */
const COMPLAINTS: ReadonlySet<string> = new Set(['abuse', 'fraud', 'virus', 'opt-out', 'opt-out-list', 'miscategorized', 'other']);

/** In order: the first that answers decides. Most bounces call themselves auto-replied, so bounces come first. */
const CHECKS: readonly ((mail: InboundFacts) => InboundVerdict | undefined)[] = [asComplaint, asBounce, asOtherReport, asAutoReply, asMachine];

export function classifyInbound(mail: InboundFacts): InboundVerdict {
  for (const check of CHECKS) {
    const verdict = check(mail);
    if (verdict) return verdict;
  }
  return verdict('human', 'no sign of a machine');
}

function asComplaint({ feedbackReport: report }: InboundFacts): InboundVerdict | undefined {
  if (!report) return undefined;
  return verdict(COMPLAINTS.has(report.type) ? 'complaint' : 'unclassified', `Feedback-Type: ${report.type}`);
}

function asBounce({ deliveryStatus }: InboundFacts): InboundVerdict | undefined {
  const recipients = (deliveryStatus?.recipients ?? []).flatMap((recipient) => {
    const found = classOfRecipient(recipient);
    return found ? [{ ...recipient, class: found }] : [];
  });
  const worst = BOUNCE_CLASSES.find((one) => recipients.some((recipient) => recipient.class === one));
  const decisive = recipients.find((recipient) => recipient.class === worst);
  if (!worst || !decisive) return undefined;
  return { class: worst, recipients, because: `${decisive.action} ${decisive.status || decisive.diagnostic.slice(0, 200)}`.trim() };
}

/** Receipts of delivery and of reading, and reports that say nothing we can use: never a person's reply. */
function asOtherReport({ headers, deliveryStatus }: InboundFacts): InboundVerdict | undefined {
  if (!deliveryStatus && !/^multipart\/report\b/i.test(headers['content-type'] ?? '')) return undefined;
  return verdict('unclassified', 'a report without a failure');
}

function asAutoReply(mail: InboundFacts): InboundVerdict | undefined {
  const sign = autoReplySign(mail);
  return sign ? verdict('auto_reply', sign) : undefined;
}

/** People's mail always has a return path; RFC 5321 section 4.5.5 keeps the empty one for notifications. */
function asMachine({ headers }: InboundFacts): InboundVerdict | undefined {
  return headers['return-path']?.trim() === '<>' ? verdict('unclassified', 'empty return path') : undefined;
}

function verdict(found: InboundClass, because: string): InboundVerdict {
  return { class: found, recipients: [], because };
}
