import { NIL, v7 } from 'uuid';

/** A new UUIDv7. Takes real time, never the sandbox clock: ids place rows into month partitions. */
export function newId(): string {
  return v7();
}

/** Smaller than every id: where reading begins, and the workspace of what belongs to none. */
export const NIL_ID = NIL;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether it could be the id of something: anything else would be an error of the database. */
export function isId(text: string): boolean {
  return UUID.test(text);
}

/** Smaller than every UUIDv7 of the instant that another one was made at, moved by so many milliseconds. */
export function smallestIdAt(id: string, byMs: number): string {
  const at = Math.max(0, Number.parseInt(id.replace('-', '').slice(0, 12), 16) + byMs);
  const hex = at.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
