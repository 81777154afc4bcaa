import type { EventPlace } from './event-data.js';

/** Which events an endpoint or a stream asks for. */
export interface EventFilter {
  /** Names, or `*` alone for all. */
  readonly eventTypes: readonly string[];
  /** Null for those of every project, and of none. */
  readonly projectIds: readonly string[] | null;
  readonly campaignIds: readonly string[] | null;
}

/** `backlink.suspect` is no news to act on: it comes only to those who name it (state-model 6). */
const ONLY_BY_NAME: readonly string[] = ['backlink.suspect'];

/** Does it ask for this event? One that belongs to no project passes no filter by project. */
export function asksFor(filter: EventFilter, event: EventPlace & { readonly type: string }): boolean {
  const byName = filter.eventTypes.includes(event.type) || (filter.eventTypes.includes('*') && !ONLY_BY_NAME.includes(event.type));
  return byName && within(filter.projectIds, event.projectId) && within(filter.campaignIds, event.campaignId);
}

function within(ids: readonly string[] | null, id: string | null): boolean {
  return ids === null || (id !== null && ids.includes(id));
}
