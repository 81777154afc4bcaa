import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { EventStream } from './event-stream.js';
import { type EventPosition, isAfter, presentPosition, readEvents } from './outbox.js';

const BATCH = 200;
/** After a notice that found nothing: an older transaction still runs and holds the reader back, most of them not for long. */
const SOON_MS = [20, 50, 200];

/** Follows the outbox of one workspace for all streams that this process serves: one reader of the database, however many they are. */
export class WorkspaceFeed {
  private readonly logger = new Logger(WorkspaceFeed.name);
  private readonly live = new Set<EventStream>();
  private reading = false;
  private again = false;
  private soon: NodeJS.Timeout | undefined;
  private closed = false;

  private constructor(
    private readonly db: DataSource,
    private readonly workspaceId: string,
    /** All up to here has gone to the live streams. */
    private position: EventPosition,
  ) {}

  static async open(db: DataSource, workspaceId: string): Promise<WorkspaceFeed> {
    return new WorkspaceFeed(db, workspaceId, await presentPosition(db));
  }

  /** Where a stream begins that wants only what is to come. */
  get present(): EventPosition {
    return this.position;
  }

  /** Gives the stream what it has missed, then lets it follow. Resolves when it follows, or has ended. */
  async join(stream: EventStream): Promise<void> {
    while (!stream.ended && isAfter(this.position, stream.cursor)) {
      const known = this.position; // settled before the page is read, so that a page which is not full holds all up to here
      const page = await readEvents(this.db, stream.cursor, BATCH, { workspaceId: this.workspaceId, projectIds: stream.scope.projectIds });
      const all = stream.accept(page);
      if (all && page.length < BATCH) stream.passed(known);
      await stream.drained();
    }
    if (!stream.ended) this.live.add(stream);
  }

  /** It reads at its own pace until it has caught up, and holds up no other. */
  private fallBehind(stream: EventStream): void {
    this.live.delete(stream);
    this.join(stream).catch((error: unknown) => {
      this.logger.warn({ err: error, workspaceId: this.workspaceId }, 'a stream could not go on; its reader resumes');
      stream.end();
    });
  }

  leave(stream: EventStream): void {
    this.live.delete(stream);
  }

  /** @param noticed something was committed just now */
  wake(noticed = false): void {
    if (this.closed) return;
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    void this.readOn()
      .then((found) => {
        if (!found && noticed) this.lookSoon();
      })
      .catch((error: unknown) => {
        this.logger.warn({ err: error, workspaceId: this.workspaceId }, 'the outbox could not be read; tries again in a second');
      })
      .finally(() => {
        this.reading = false;
        if (this.again) {
          this.again = false;
          this.wake(noticed);
        }
      });
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.soon);
  }

  private async readOn(): Promise<boolean> {
    for (let found = false; ; found = true) {
      const events = await readEvents(this.db, this.position, BATCH, { workspaceId: this.workspaceId, projectIds: null });
      const last = events.at(-1);
      if (!last) return found;
      this.position = { tx: last.tx, id: last.id };
      for (const stream of this.live) if (!stream.accept(events)) this.fallBehind(stream);
      if (events.length < BATCH) return true;
    }
  }

  private lookSoon(attempt = 0): void {
    const wait = SOON_MS[attempt];
    if (wait === undefined || this.closed) return;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => {
      this.wake();
      this.lookSoon(attempt + 1);
    }, wait);
    this.soon.unref();
  }
}
