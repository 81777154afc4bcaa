import type { Writable } from 'node:stream';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SECOND_MS } from '../clock.js';
import { Listener } from '../database/listener.js';
import { HttpProblem } from '../http/problems/http-problem.js';
import { outsideRequests } from '../telemetry/request-context.js';
import { EventStream } from './event-stream.js';
import { type EventPosition, type EventScope, EVENTS_CHANNEL } from './outbox.js';
import { WorkspaceFeed } from './workspace-feed.js';

/** Some tabs of one person, some programs of one key. */
const MAX_PER_PRINCIPAL = 10;
/**
 * So long a stream goes on while nobody can say whether its credential is still good, since the database does not answer: a reader
 * that has been shut out meanwhile shall not read on. With what a verifier believes without asking, some ten seconds in all.
 */
const UNCONFIRMED_MS = 5 * SECOND_MS;

export interface Reader {
  readonly scope: EventScope;
  /** Whose streams are counted together: a key, a member. */
  readonly principal: string;
  /** Where to go on; undefined for what happens from now on. */
  readonly after: EventPosition | undefined;
  /** Asked about every second: is the credential still good, for the same things? */
  readonly stillAllowed: () => Promise<boolean>;
}

interface Open {
  readonly reader: Reader;
  readonly stream: EventStream;
  readonly feed: WorkspaceFeed;
  /** When it was asked the last time and the credential was good. */
  confirmedAt: number;
  /** Each for itself: a question that hangs keeps no other from being asked. */
  checking: boolean;
}

/** The streams that this process serves. Woken by LISTEN, and every second in case a notice was lost. */
@Injectable()
export class EventStreams implements OnModuleInit, OnModuleDestroy {
  private readonly feeds = new Map<string, Promise<WorkspaceFeed>>();
  private readonly open = new Set<Open>();
  /** Waits for its feed, which must not be closed meanwhile. */
  private readonly arriving = new Set<Reader>();
  /** Streams by principal, those that are being opened too. */
  private readonly counts = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(
    private readonly db: DataSource,
    private readonly listener: Listener,
  ) {}

  onModuleInit(): void {
    this.listener.on(EVENTS_CHANNEL, (workspaceId) => {
      void this.feeds.get(workspaceId)?.then((feed) => {
        feed.wake(true);
      });
    });
  }

  /** Every reader is told to come back, which it does to another process. */
  onModuleDestroy(): void {
    this.stopping = true;
    clearInterval(this.timer);
    for (const { stream, feed } of this.open) {
      stream.end();
      feed.close();
    }
  }

  /**
   * Serves one reader until either side ends it.
   * @param begin  called once nothing speaks against it: sends the head of the answer and gives the place to write to
   * @throws HttpProblem 429 `too_many_streams`, 503 while the process stops
   */
  async serve(reader: Reader, begin: () => Writable): Promise<void> {
    const release = this.reserve(reader.principal);
    this.arriving.add(reader);
    try {
      const feed = await this.feedOf(reader.scope.workspaceId);
      const out = begin();
      const stream = new EventStream(out, reader.scope, reader.after ?? feed.present);
      const entry: Open = { reader, stream, feed, confirmedAt: performance.now(), checking: false };
      this.open.add(entry);
      this.arriving.delete(reader);
      out.on('error', () => undefined); // the reader is gone: close follows
      out.once('close', () => {
        this.forget(entry);
        release();
      });
      await feed.join(stream);
    } catch (error) {
      this.arriving.delete(reader);
      release();
      throw error;
    }
  }

  private reserve(principal: string): () => void {
    if (this.stopping) throw new HttpProblem(503, 'unavailable', 'This process is stopping: come again.', { headers: { 'retry-after': '1' } });
    const count = this.counts.get(principal) ?? 0;
    if (count >= MAX_PER_PRINCIPAL) {
      const detail = `At most ${MAX_PER_PRINCIPAL} streams at once may be read with one key or by one member.`;
      throw new HttpProblem(429, 'too_many_streams', detail, { headers: { 'retry-after': '10' } });
    }
    this.counts.set(principal, count + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.counts.get(principal) ?? 1) - 1;
      if (left > 0) this.counts.set(principal, left);
      else this.counts.delete(principal);
    };
  }

  private feedOf(workspaceId: string): Promise<WorkspaceFeed> {
    const known = this.feeds.get(workspaceId);
    if (known) return known;
    const opening = outsideRequests(() => WorkspaceFeed.open(this.db, workspaceId)).catch((error: unknown) => {
      this.feeds.delete(workspaceId);
      throw error;
    });
    this.feeds.set(workspaceId, opening);
    this.timer ??= outsideRequests(() =>
      setInterval(() => {
        this.tick();
      }, SECOND_MS).unref(),
    );
    return opening;
  }

  private forget(entry: Open): void {
    this.open.delete(entry);
    entry.feed.leave(entry.stream);
  }

  private tick(): void {
    this.closeIdleFeeds();
    for (const entry of this.open) {
      entry.stream.tick();
      entry.feed.wake();
      if (performance.now() - entry.confirmedAt > UNCONFIRMED_MS) entry.stream.end();
      else if (!entry.checking) void this.check(entry);
    }
  }

  private async check(entry: Open): Promise<void> {
    entry.checking = true;
    const asked = performance.now();
    try {
      if (await entry.reader.stillAllowed()) entry.confirmedAt = asked;
      else entry.stream.end();
    } catch {
      // a database that cannot be asked says nothing about the credential; it is asked again for as long as UNCONFIRMED_MS
    }
    entry.checking = false;
  }

  private closeIdleFeeds(): void {
    const used = new Set([...this.arriving, ...[...this.open].map(({ reader }) => reader)].map(({ scope }) => scope.workspaceId));
    for (const [workspaceId, opening] of this.feeds) {
      if (used.has(workspaceId)) continue;
      this.feeds.delete(workspaceId);
      void opening.then((feed) => {
        feed.close();
      });
    }
  }
}
