import type { Writable } from 'node:stream';
import { SECOND_MS } from '../clock.js';
import { envelopeOf } from './envelope.js';
import { cursorOf } from './event-cursor.js';
import { type EventPosition, type EventScope, isAfter, type ReadEvent } from './outbox.js';

/** Proxies close what is silent for half a minute or a minute. */
const HEARTBEAT_MS = 20 * SECOND_MS;
/** So much waits in our memory for a reader, and no more: the rest is read again when it can take it. */
const MAX_UNREAD_BYTES = 256_000;
/** A reader that takes nothing for so long is cut; it can resume where it was. */
const MAX_STALL_MS = 15 * SECOND_MS;
/** How soon a browser comes back after a break. */
const RETRY_MS = 2000;

/** One reader of /stream: writes events as server-sent events (HTML Living Standard, section 9.2), each place once. */
export class EventStream {
  private wroteAt = performance.now();
  private stalledSince: number | undefined;
  private toldCursor: EventPosition;

  /** @param cursor the place after which it reads */
  constructor(
    private readonly out: Writable,
    readonly scope: EventScope,
    public cursor: EventPosition,
  ) {
    this.toldCursor = cursor;
    this.write(`retry: ${RETRY_MS}\nid: ${cursorOf(cursor)}\n\n`);
  }

  get ended(): boolean {
    return this.out.destroyed || this.out.writableEnded;
  }

  /**
   * Takes what stands next in the outbox of the workspace; leaves out what it has already, and what it may not or will not see.
   * @returns false when it can take no more for now and has not taken all
   */
  accept(events: readonly ReadEvent[]): boolean {
    for (const event of events) {
      if (!isAfter(event, this.cursor)) continue;
      if (this.out.writableLength > MAX_UNREAD_BYTES) return false;
      this.cursor = { tx: event.tx, id: event.id };
      if (this.shows(event)) this.write(this.lineOf(event));
    }
    return true;
  }

  /** Nothing lies between its cursor and this place any more. */
  passed(place: EventPosition): void {
    if (isAfter(place, this.cursor)) this.cursor = place;
  }

  /** Keeps the connection alive, and the reader's place fresh where nothing was for it; cuts a reader that does not read. */
  tick(): void {
    const now = performance.now();
    this.stalledSince = this.out.writableNeedDrain ? (this.stalledSince ?? now) : undefined;
    if (this.stalledSince !== undefined && now - this.stalledSince > MAX_STALL_MS) {
      this.out.destroy();
      return;
    }
    if (now - this.wroteAt < HEARTBEAT_MS) return;
    // an id without data moves the reader's Last-Event-ID and shows it nothing
    const moved = isAfter(this.cursor, this.toldCursor) ? `id: ${cursorOf(this.cursor)}\n` : '';
    this.toldCursor = this.cursor;
    this.write(`: still here\n${moved}\n`);
  }

  /** Resolves when it can take more, or has ended. */
  async drained(): Promise<void> {
    if (this.ended || !this.out.writableNeedDrain) return;
    await new Promise<void>((done) => {
      const finish = (): void => {
        this.out.off('drain', finish).off('close', finish);
        done();
      };
      this.out.on('drain', finish).on('close', finish);
    });
  }

  end(): void {
    if (!this.ended) this.out.end();
  }

  private shows(event: ReadEvent): boolean {
    const { projectIds, types } = this.scope;
    const inside = projectIds === null || (event.projectId !== null && projectIds.includes(event.projectId));
    return inside && (types?.includes(event.type) ?? true);
  }

  private lineOf(event: ReadEvent): string {
    this.toldCursor = this.cursor;
    return `id: ${cursorOf(event)}\ndata: ${JSON.stringify(envelopeOf(event))}\n\n`;
  }

  private write(text: string): void {
    if (this.ended) return;
    this.wroteAt = performance.now();
    this.out.write(text);
  }
}
