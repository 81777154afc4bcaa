import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor } from '../../platform/auth/actor.js';
import { readEvents } from '../../platform/events/outbox.js';
import type { PageQuery } from '../../platform/http/page-query.dto.js';
import { type Page, encodeCursor, readPage } from '../../platform/http/paging.js';
import { NIL_ID } from '../../platform/ids.js';
import { envelopeOf } from './envelope.js';
import type { EventResponse } from './webhooks.dto.js';

const BEFORE_ALL = ['0', NIL_ID] as const;

@Injectable()
export class EventLog {
  constructor(private readonly db: DataSource) {}

  /** What happened in the workspace, oldest first. The cursor also stands at the end, to ask again later from there. */
  async list(actor: Actor, query: PageQuery): Promise<Page<EventResponse>> {
    const { limit, after, sort } = readPage(query, { sorts: ['createdAt'], filters: [], key: ['transaction', 'uuid'] });
    const [tx, id] = after ?? BEFORE_ALL;
    const found = await readEvents(this.db, { tx: String(tx), id: String(id) }, limit + 1, actor.workspaceId);
    const data = found.slice(0, limit);
    const last = data.at(-1);
    return {
      data: data.map((event) => envelopeOf(event)),
      hasMore: found.length > limit,
      nextCursor: last ? encodeCursor([last.tx, last.id], sort) : (query.after ?? null),
    };
  }
}
