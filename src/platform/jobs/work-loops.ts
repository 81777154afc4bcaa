import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SECOND_MS } from '../clock.js';
import { Listener } from '../database/listener.js';

/** Does one batch of due work. @returns true when there may be more at once */
export type Work = (stopping: AbortSignal) => Promise<boolean>;

/** Waits for one piece of work that a loop has left running beside it. @returns false when there is none */
export type Underway = () => Promise<boolean>;

const NOTHING_UNDERWAY: Underway = () => Promise.resolve(false);

export const WAKE_CHANNEL = 'linkwright_wake';

/** Wakes a loop in every process, once the caller's transaction commits. */
export async function wake(tx: Pick<EntityManager, 'query'>, loop: string): Promise<void> {
  await tx.query('SELECT pg_notify($1, $2)', [WAKE_CHANNEL, loop]);
}

interface Loop {
  readonly name: string;
  readonly work: Work;
  readonly underway: Underway;
  timer: NodeJS.Timeout | undefined;
  running: Promise<void> | undefined;
  again: boolean;
}

/**
 * The worker role: loops over rows that are their own schedule (messages, checks, deliveries).
 * Each looks every second and whenever it is woken; one run of a loop at a time in a process.
 */
@Injectable()
export class WorkLoops implements BeforeApplicationShutdown {
  private readonly logger = new Logger(WorkLoops.name);
  private readonly loops = new Map<string, Loop>();
  private readonly stopping = new AbortController();
  private started = false;
  private only: readonly string[] | undefined;

  constructor(private readonly listener: Listener) {}

  /** @param underway  for a loop whose work goes on after it has returned: shutdown and tests wait for the last of it */
  add(name: string, work: Work, underway: Underway = NOTHING_UNDERWAY): void {
    this.loops.set(name, { name, work, underway, timer: undefined, running: undefined, again: false });
  }

  /** Only processes with the worker role run all loops, others those of `only`; tests run single loops by `runUntilIdle`. */
  start(only?: readonly string[]): void {
    this.started = true;
    this.only = only;
    this.listener.on(WAKE_CHANNEL, (name) => {
      this.wakeNow(name);
    });
    this.wakeAll();
  }

  wakeAll(): void {
    for (const name of this.loops.keys()) this.wakeNow(name);
  }

  wakeNow(name: string): void {
    const loop = this.loops.get(name);
    if (!loop || this.only?.includes(name) === false || !this.started || this.stopping.signal.aborted) return;
    if (loop.running) {
      loop.again = true;
      return;
    }
    clearTimeout(loop.timer);
    loop.running = this.run(loop).finally(() => {
      loop.running = undefined;
      if (this.stopping.signal.aborted) return;
      if (loop.again) this.wakeNow(name);
      else {
        loop.timer = setTimeout(() => {
          this.wakeNow(name);
        }, SECOND_MS);
      }
    });
  }

  /** Runs a loop in the caller's turn until it finds nothing more. */
  async runUntilIdle(name: string): Promise<void> {
    const loop = this.loops.get(name);
    if (!loop) throw new Error(`There is no loop ${name}.`);
    while ((await loop.work(this.stopping.signal)) || (await loop.underway()));
  }

  /** No new work; what runs is finished or handed back by its own lease. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    for (const loop of this.loops.values()) clearTimeout(loop.timer);
    for (const loop of this.loops.values()) {
      await loop.running;
      while (await loop.underway());
    }
  }

  private async run(loop: Loop): Promise<void> {
    do {
      loop.again = false;
      try {
        while (!this.stopping.signal.aborted && (await loop.work(this.stopping.signal)));
      } catch (error) {
        this.logger.error({ err: error, loop: loop.name }, 'loop failed; tries again in a second');
        return;
      }
    } while (loop.again && !this.stopping.signal.aborted); // eslint-disable-line @typescript-eslint/no-unnecessary-condition -- set by wakeNow while work is awaited
  }
}
