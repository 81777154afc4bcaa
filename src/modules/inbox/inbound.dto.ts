import type { InboundRow } from './inbox.queries.js';

export class InboundResponse {
  /** Of the incoming message; the same for the same mail. */
  id!: string;
  /** What it is: human, auto_reply, bounce_hard, bounce_soft, delayed, policy_block, complaint, own or unclassified. */
  class!: string;
  /** How it was found to belong to a mail of yours: dsn_message_id, in_reply_to, references, dsn_recipient, contact or none. Absent when it could not be read. */
  matchMethod?: string;
  /** Your mail that it answers or reports on. */
  messageId?: string;

  static from({ id, class: found, matchMethod, answersId }: InboundRow): InboundResponse {
    return { id, class: found, ...(matchMethod !== null && { matchMethod }), ...(answersId !== null && { messageId: answersId }) };
  }
}
