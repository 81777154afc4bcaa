import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EVENT_TYPES } from '../../../domain/pipeline-announcements.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { envelopeOf } from '../../../platform/events/envelope.js';
import { cursorOf, EVENT_ORDER, positionOf } from '../../../platform/events/event-cursor.js';
import { type EventScope, readEvents } from '../../../platform/events/outbox.js';
import { InvalidRequest } from '../../../platform/http/problems/http-problem.js';
import type { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { type Page, readPage } from '../../../platform/http/lists/paging.js';
import { queryPointer } from '../../../platform/http/problems/pointer.js';
import { NIL_ID } from '../../../platform/ids.js';
import type { EventResponse } from './events.dto.js';

const BEFORE_ALL = { tx: '0', id: NIL_ID };

@Injectable()
export class EventLog {
  constructor(private readonly db: DataSource) {}

  /** What happened in the workspace, oldest first. The cursor also stands at the end, to ask again later from there. */
  async list(actor: Actor, query: PageQuery): Promise<Page<EventResponse>> {
    const { limit, filters, after } = readPage(query, { ...EVENT_ORDER, filters: ['type'] });
    const found = await readEvents(this.db, after ? positionOf(after) : BEFORE_ALL, limit + 1, scopeOf(actor, filters.type));
    const data = found.slice(0, limit);
    const last = data.at(-1);
    return {
      data: data.map((event) => envelopeOf(event)),
      hasMore: found.length > limit,
      nextCursor: last ? cursorOf(last) : (query.after ?? null),
    };
  }
}

/** @throws InvalidRequest for a name that is no event's: a stream that stays silent would not tell */
function requireKnown(types: readonly string[] | undefined): readonly string[] | undefined {
  const unknown = types?.find((type) => !(EVENT_TYPES as readonly string[]).includes(type));
  if (unknown === undefined) return types;
  throw new InvalidRequest([{ pointer: queryPointer(['filter', 'type']), detail: `must be names from GET /event-types; ${unknown} is none` }]);
}

/** What an actor may read: with a border of projects only what belongs to one of them. @throws InvalidRequest */
export function scopeOf({ workspaceId, projectIds }: Actor, types?: readonly string[]): EventScope {
  return { workspaceId, projectIds, types: requireKnown(types) };
}
