import { v7 } from 'uuid';

/** A new UUIDv7. Takes real time, never the sandbox clock: ids place rows into month partitions. */
export function newId(): string {
  return v7();
}
