import type { InboundMail } from './inbound-mail.js';
import { MailUnreadable, ParserThread } from './parser-thread.js';

/** A mail with its attachments; most servers refuse more than 25 MB before base64. */
export const MAX_MAIL_BYTES = 30 * 1024 * 1024;
/** Measured: 428 real mails took 1.2 s in all, 30 MB of text 1.3 s. Only hostile HTML comes near. */
const TIMEOUT_MS = 30_000;

// Compiled code parses in a thread. Run from source (Jest) there is no compiled neighbour that a thread could load,
// and one in dist/ may be older than the source under test: there the same readMail runs in the calling thread.
const compiled = import.meta.url.endsWith('.js');
const thread = compiled ? new ParserThread(new URL('./parse-inbound.worker.js', import.meta.url), TIMEOUT_MS) : undefined;

/**
 * Reads a raw mail, whatever is in it.
 * @throws MailUnreadable when it is too big, never ends, or crashes the parser; keep the raw mail then, unclassified
 */
export async function parseInbound(raw: Buffer): Promise<InboundMail> {
  if (raw.byteLength > MAX_MAIL_BYTES) throw new MailUnreadable(`more than ${MAX_MAIL_BYTES} bytes`);
  return thread ? thread.parse(raw) : readHere(raw);
}

async function readHere(raw: Buffer): Promise<InboundMail> {
  try {
    const { readMail } = await import('./read-mail.js'); // the parser is big, and where it runs in a thread nobody needs it here
    return await readMail(raw);
  } catch (error) {
    throw new MailUnreadable(String(error));
  }
}

/** Ends the thread at shutdown; what waits is refused. */
export async function closeInboundParser(): Promise<void> {
  await thread?.close();
}
