import { Worker } from 'node:worker_threads';

import type { InboundMail } from './inbound-mail.js';

/** What the thread answers to a raw mail. */
export type ThreadAnswer = { readonly mail: InboundMail } | { readonly error: string };

interface Job {
  readonly raw: Uint8Array;
  readonly resolve: (mail: InboundMail) => void;
  readonly reject: (error: Error) => void;
}

/** The thread died, hung or could not read this mail; the next mail gets a new one. */
export class MailUnreadable extends Error {}

/** Mails of 30 MB were read within it. It mostly ends the thread only, but V8 may end the process: readMail avoids what fills it. */
const MAX_HEAP_MB = 512;

/**
 * One thread that parses one mail after the other. Broken MIME may crash it or never end:
 * that costs this one mail, the thread starts anew, and the server keeps answering.
 */
export class ParserThread {
  private readonly waiting: Job[] = [];
  private worker: Worker | undefined;
  private current: Job | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly workerFile: URL,
    private readonly timeoutMs: number,
  ) {}

  /** @throws MailUnreadable */
  parse(raw: Uint8Array): Promise<InboundMail> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ raw, resolve, reject });
      this.next();
    });
  }

  async close(): Promise<void> {
    const worker = this.worker;
    for (const job of this.waiting.splice(0)) job.reject(new MailUnreadable('the server stops'));
    this.lose('the server stops');
    await worker?.terminate();
  }

  private next(): void {
    if (this.current) return;
    this.current = this.waiting.shift();
    if (!this.current) {
      this.worker?.unref(); // an idle thread must not keep the process alive
      return;
    }
    this.worker ??= this.start();
    this.worker.ref();
    this.timer = setTimeout(() => {
      this.lose(`no end after ${this.timeoutMs} ms`);
    }, this.timeoutMs);
    this.worker.postMessage(this.current.raw);
  }

  private start(): Worker {
    const worker = new Worker(this.workerFile, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
    worker.on('message', (answer: ThreadAnswer) => {
      if (worker === this.worker) this.finish(answer);
    });
    worker.on('error', (error: Error) => {
      if (worker === this.worker) this.lose(error.message);
    });
    worker.on('exit', () => {
      if (worker === this.worker) this.lose('the thread ended');
    });
    return worker;
  }

  private finish(answer: ThreadAnswer): void {
    const job = this.take();
    if ('mail' in answer) job?.resolve(answer.mail);
    else job?.reject(new MailUnreadable(answer.error));
    this.next();
  }

  /** Gives the thread up; its late words are ignored, as it is no longer `this.worker`. */
  private lose(why: string): void {
    void this.worker?.terminate();
    this.worker = undefined;
    this.take()?.reject(new MailUnreadable(why));
    this.next();
  }

  private take(): Job | undefined {
    clearTimeout(this.timer);
    const job = this.current;
    this.current = undefined;
    return job;
  }
}
