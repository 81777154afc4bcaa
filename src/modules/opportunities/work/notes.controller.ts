import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { ChangeNoteRequest, CreateNoteRequest, NOTE_KINDS, NotePage, NoteResponse } from './notes.dto.js';
import { Notes } from './notes.service.js';

@ApiTags('notes')
@ApiBearerAuth()
@Controller('notes')
export class NotesController {
  constructor(private readonly notes: Notes) {}

  /** What the team has written down, the newest first; with `filter[subjectId]` that of one record. */
  @Get()
  @Requires('notes:read')
  @ApiFilters({ choice: 'kind', of: NOTE_KINDS }, 'subjectType', 'subjectId', 'projectId', 'authorId', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<NotePage> {
    const found = await this.notes.list(actor, query);
    return { ...found, data: found.data.map((row) => NoteResponse.from(row)) };
  }

  /** Write a note on a site, a person, an opportunity, a mail or another record: give the id of exactly one. */
  @Post()
  @Requires('notes:write')
  @Problems('record_required')
  @ApiCreatedResponse({ type: NoteResponse })
  async create(@CurrentActor() actor: Actor, @Body() body: CreateNoteRequest): Promise<NoteResponse> {
    return NoteResponse.from(await this.notes.create(actor, body));
  }

  /** One note. */
  @Get(':id')
  @Requires('notes:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<NoteResponse> {
    return NoteResponse.from(await this.notes.get(actor, id));
  }

  /** Change the text of a note: its author, a manager or an owner may. */
  @Patch(':id')
  @Requires('notes:write')
  @Problems('note_is_reason')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeNoteRequest,
  ): Promise<NoteResponse> {
    return NoteResponse.from(await this.notes.change(actor, id, body.text, ifVersion));
  }

  /** Remove a note: its author, a manager or an owner may. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('notes:write')
  @Problems('note_is_reason')
  async remove(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @IfMatch() ifVersion: IfVersion): Promise<void> {
    await this.notes.remove(actor, id, ifVersion);
  }
}
