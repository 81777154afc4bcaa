/** A mail that went before in the thread; ids without brackets. */
export interface ThreadMail {
  readonly rfcMessageId: string;
  readonly referenceIds: readonly string[];
  readonly subject: string;
}

export interface ThreadHeaders {
  readonly subject: string;
  readonly inReplyTo: string | null;
  /** Oldest first. */
  readonly referenceIds: readonly string[];
}

/** Old and new ids of a long thread; RFC 5322 lets middle ones go, as servers refuse headers without end. */
const REFERENCES_AT_MOST = 20;

/**
 * How a mail joins the mails that went before it (RFC 5322 section 3.6.4): the last is answered, under its subject. Where a
 * mail in between began a thread of its own, it is that thread which goes on.
 * @param subject  what the mail is called when nothing went before
 */
export function threadHeaders(before: readonly ThreadMail[], subject: string): ThreadHeaders {
  const last = before.at(-1);
  if (!last) return { subject, inReplyTo: null, referenceIds: [] };
  const all = [...last.referenceIds, last.rfcMessageId];
  const referenceIds = all.length > REFERENCES_AT_MOST ? [...all.slice(0, 1), ...all.slice(1 - REFERENCES_AT_MOST)] : all;
  return { subject: replySubject(last.subject), inReplyTo: last.rfcMessageId, referenceIds };
}

export function replySubject(subject: string): string {
  return /^re:/i.test(subject) ? subject : `Re: ${subject}`;
}
