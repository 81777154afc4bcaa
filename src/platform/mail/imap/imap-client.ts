import { ImapFlow, type ImapFlowOptions } from 'imapflow';

/** In a file of its own: the library is big, and only who has a mailbox with IMAP loads it. */
export function imapClient(settings: ImapFlowOptions): ImapFlow {
  return new ImapFlow(settings);
}
