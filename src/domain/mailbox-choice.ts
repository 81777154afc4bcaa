/** A mailbox that a first mail could go out from. */
export interface MailboxRoom {
  readonly id: string;
  readonly connected: boolean;
  /** Mails it may send today, ramp included. */
  readonly perDay: number;
  /** Mails that wait in it, counted up to some weeks' work, with those of today. */
  readonly waiting: number;
}

/**
 * The mailbox for a first mail (F32): a connected one, that with the fewest days of work before it; the first named of equals.
 * A mailbox that is at its limit takes its turn later, it is never passed over for another of the same person's to get more out.
 */
export function chooseByRoom<Mailbox extends MailboxRoom>(mailboxes: readonly Mailbox[]): Mailbox | undefined {
  return mailboxes.reduce<Mailbox | undefined>((best, mailbox) => (best && !better(mailbox, best) ? best : mailbox), undefined);
}

function better(a: MailboxRoom, b: MailboxRoom): boolean {
  if (a.connected !== b.connected) return a.connected;
  return (a.waiting + 1) / a.perDay < (b.waiting + 1) / b.perDay;
}
