import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { EVENT_TYPES } from '../../../domain/pipeline-announcements.js';
import type { Actor } from '../../../platform/auth/actor.js';
import type { AuthenticatedRequest } from '../../../platform/auth/auth.guard.js';
import { credentialOf } from '../../../platform/auth/credential.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { TokenVerifier } from '../../../platform/auth/token-verifier.js';
import { readCursor } from '../../../platform/events/event-cursor.js';
import { EventStreams } from '../../../platform/events/event-streams.service.js';
import type { EventPosition } from '../../../platform/events/outbox.js';
import { ApiFilters, parseFilters } from '../../../platform/http/lists/filters.js';
import { HttpOptions } from '../../../platform/http/http-options.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { StreamQuery } from './events.dto.js';
import { scopeOf } from './events.service.js';

const HEAD = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

@ApiTags('events')
@ApiBearerAuth()
@Controller('stream')
export class StreamController {
  constructor(
    private readonly streams: EventStreams,
    private readonly tokens: TokenVerifier,
    private readonly options: HttpOptions,
  ) {}

  /**
   * What happens, as server-sent events: each `data` is an envelope as in /events, each `id` a cursor of /events. Resumes without loss or
   * double after `Last-Event-ID`; without it begins now. A comment comes when nothing else has for 20 s.
   */
  @Get()
  @Problems('too_many_streams', 'invalid_cursor')
  @ApiFilters({ choice: 'type', of: EVENT_TYPES })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'The last `id` that came, to go on after it.', schema: { type: 'string' } })
  @ApiOkResponse({ description: 'Server-sent events, without end.', content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @Requires('events:read')
  async stream(
    @CurrentActor() actor: Actor,
    @Query() query: StreamQuery,
    @Req() request: AuthenticatedRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { type } = parseFilters(query.filter, { filters: ['type'] }).filters;
    const reader = {
      scope: scopeOf(actor, type),
      principal: actor.apiKeyId ?? actor.memberId ?? actor.workspaceId,
      after: placeAsked(request, query),
      stillAllowed: () => this.stillAllowed(actor, request),
    };
    if (request.method === 'HEAD') {
      void reply.headers(HEAD).send();
      return;
    }
    await this.streams.serve(reader, () => {
      reply.headers(HEAD).hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value);
      return reply.raw.writeHead(200);
    });
  }

  /** A role or border that has changed ends the stream: the reader comes back and gets what is right for it now. */
  private async stillAllowed(actor: Actor, request: AuthenticatedRequest): Promise<boolean> {
    const now = await this.tokens.verify(credentialOf(request, this.options.publicUrl));
    return now?.workspaceId === actor.workspaceId && now.permissions.has('events:read') && bordersOf(now) === bordersOf(actor);
  }
}

/** A browser that reconnects repeats the address it was given: what it has seen since stands in the header. @throws InvalidRequest */
function placeAsked(request: AuthenticatedRequest, { lastEventId }: StreamQuery): EventPosition | undefined {
  const header = request.headers['last-event-id']?.toString();
  if (header) return readCursor(header, 'Last-Event-ID'); // an empty one is none
  return lastEventId === undefined ? undefined : readCursor(lastEventId, '?lastEventId');
}

function bordersOf({ role, projectIds }: Actor): string {
  return JSON.stringify([role, projectIds?.toSorted() ?? null]);
}
