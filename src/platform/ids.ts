import { NIL, v7 } from 'uuid';

/** A new UUIDv7. Takes real time, never the sandbox clock: ids place rows into month partitions. */
export function newId(): string {
  return v7();
}

/** Smaller than every id: where reading begins, and the workspace of what belongs to none. */
export const NIL_ID = NIL;
