import { LimitedThread, ThreadLost } from '../../threads/limited-thread.js';
import type { InboundMail } from './inbound-mail.js';

/** What the thread answers to a raw mail. */
export type ThreadAnswer = { readonly mail: InboundMail } | { readonly error: string };

/** The thread died, hung or could not read this mail; the next mail gets a new one. */
export class MailUnreadable extends Error {}

/** Mails of 30 MB were read within it. It mostly ends the thread only, but V8 may end the process: readMail avoids what fills it. */
const MAX_HEAP_MB = 512;

/** A thread that parses one mail after the other: broken MIME costs this one mail, and the server keeps answering. */
export class ParserThread {
  private readonly thread: LimitedThread<Uint8Array, ThreadAnswer>;

  constructor(workerFile: URL, timeoutMs: number) {
    this.thread = new LimitedThread(workerFile, { timeoutMs, maxHeapMb: MAX_HEAP_MB });
  }

  /** @throws MailUnreadable */
  async parse(raw: Uint8Array): Promise<InboundMail> {
    const answer = await this.thread.ask(raw).catch((error: unknown) => {
      throw error instanceof ThreadLost ? new MailUnreadable(error.message) : error;
    });
    if ('mail' in answer) return answer.mail;
    throw new MailUnreadable(answer.error);
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
