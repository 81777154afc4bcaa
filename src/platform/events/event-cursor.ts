import { decodeCursor, encodeCursor, type KeyPart } from '../http/lists/paging.js';
import type { EventPosition } from './outbox.js';

/** The one sort that events have, and what fixes the place of one. */
export const EVENT_ORDER = { sorts: ['createdAt'], key: ['transaction', 'uuid'] } as const;

/** A place in the outbox as clients hold it: `after` of /events, Last-Event-ID of /stream. */
export function cursorOf({ tx, id }: EventPosition): string {
  return encodeCursor([tx, id], EVENT_ORDER.sorts[0]);
}

export function positionOf([tx, id]: readonly KeyPart[]): EventPosition {
  return { tx: String(tx), id: String(id).toLowerCase() };
}

/**
 * Reads where a stream shall go on.
 * @param pointer  where it stands: the name of a header, `?name` for a parameter
 * @throws InvalidRequest 400 `invalid_cursor`
 */
export function readCursor(cursor: string, pointer: string): EventPosition {
  const refusal = { pointer, detail: 'must be an id that came with the stream, or a nextCursor of /events' };
  return positionOf(decodeCursor(cursor, EVENT_ORDER.key, EVENT_ORDER.sorts[0], refusal));
}
