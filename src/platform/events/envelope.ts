import type { OutboxEvent } from './outbox.js';

/** What receivers, streams and readers of /events get; below 20 kB, since the outbox bounds `data` (standards 79). */
export interface Envelope {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly workspaceId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function envelopeOf(event: Pick<OutboxEvent, 'id' | 'type' | 'at' | 'workspaceId' | 'data'>): Envelope {
  return { id: `evt_${event.id}`, type: event.type, timestamp: event.at.toISOString(), workspaceId: event.workspaceId, data: event.data };
}
