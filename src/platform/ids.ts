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
