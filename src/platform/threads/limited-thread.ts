import { Worker } from 'node:worker_threads';

/** Why there is no answer: it took too long, it filled the memory of its thread, the thread broke, or the server stops. */
export type LossReason = 'time' | 'memory' | 'broken' | 'stopped';

/** The thread died or hung over this question; the next one gets a new thread. */
export class ThreadLost extends Error {
  constructor(
    message: string,
    readonly reason: LossReason,
  ) {
    super(message);
  }
}

export interface ThreadLimits {
  /** For one question, the start of the thread included. */
  readonly timeoutMs: number;
  /** It mostly ends the thread only, but V8 may end the process: what is given to it must be bounded before. */
  readonly maxHeapMb: number;
}

interface Job<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: ThreadLost) => void;
}

/**
 * One thread that answers one question after the other. A question may crash it or never end: that costs this one, the
 * thread starts anew, and the server keeps answering.
 */
export class LimitedThread<Question, Answer> {
  private readonly waiting: Job<Question, Answer>[] = [];
  private worker: Worker | undefined;
  private current: Job<Question, Answer> | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param workerFile  answers each message that it gets with one message */
  constructor(
    private readonly workerFile: URL,
    private readonly limits: ThreadLimits,
  ) {}

  /** @throws ThreadLost */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, resolve, reject });
      this.next();
    });
  }

  async close(): Promise<void> {
    const worker = this.worker;
    for (const job of this.waiting.splice(0)) job.reject(new ThreadLost('the server stops', 'stopped'));
    this.lose('the server stops', 'stopped');
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
      this.lose(`no end after ${this.limits.timeoutMs} ms`, 'time');
    }, this.limits.timeoutMs);
    this.worker.postMessage(this.current.question);
  }

  private start(): Worker {
    const worker = new Worker(this.workerFile, { resourceLimits: { maxOldGenerationSizeMb: this.limits.maxHeapMb } });
    worker.on('message', (answer: Answer) => {
      if (worker === this.worker) this.finish(answer);
    });
    worker.on('error', (error: Error & { readonly code?: string }) => {
      if (worker === this.worker) this.lose(error.message, error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'broken');
    });
    worker.on('exit', () => {
      if (worker === this.worker) this.lose('the thread ended', 'broken');
    });
    return worker;
  }

  private finish(answer: Answer): void {
    this.take()?.resolve(answer);
    this.next();
  }

  /** Gives the thread up; its late words are ignored, as it is no longer `this.worker`. */
  private lose(why: string, reason: LossReason): void {
    void this.worker?.terminate();
    this.worker = undefined;
    this.take()?.reject(new ThreadLost(why, reason));
    this.next();
  }

  private take(): Job<Question, Answer> | undefined {
    clearTimeout(this.timer);
    const job = this.current;
    this.current = undefined;
    return job;
  }
}
