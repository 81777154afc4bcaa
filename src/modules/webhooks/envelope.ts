import type { OutboxEvent } from '../../platform/events/outbox.js';

/** What receivers and readers of /events get; below 20 kB because `data` holds ids, states and page addresses only. */
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
