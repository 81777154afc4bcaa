import type { DeliveryStatus, FeedbackReport } from '../../../domain/delivery-status.js';

/** A received mail as the rules of the trade read it. Plain data: it crosses the border of a thread. */
export interface InboundMail {
  readonly messageId?: string;
  /** Ids without brackets, oldest first. */
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
  readonly from?: { readonly address: string; readonly name: string };
  /** Addresses as written. */
  readonly to: readonly string[];
  readonly subject?: string;
  readonly date?: Date;
  /** Those of RELEVANT_HEADERS that the mail has, names in lower case; the first of each counts. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text?: string;
  /** As it came: not safe to show. */
  readonly html?: string;
  /** From an RFC 3464 report, or from the words of a mail system that does not write one. */
  readonly deliveryStatus?: DeliveryStatus;
  readonly feedbackReport?: FeedbackReport;
}
