import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/lists/filters.js';
import { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { AuditEntryResponse, AuditLogPage } from './audit-log.dto.js';
import { AuditLog } from './audit-log.service.js';

@ApiTags('audit')
@ApiBearerAuth()
@Controller('audit-log')
export class AuditLogController {
  constructor(private readonly entries: AuditLog) {}

  /** Who changed what, the newest first. Managers and owners who see all projects; no route alters an entry. */
  @Get()
  @Requires('audit-log:read')
  @ApiFilters('action', 'actorId', 'keyId', 'requestId', 'subjectId', 'subjectType', 'via', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<AuditLogPage> {
    const found = await this.entries.list(actor, query);
    return { ...found, data: found.data.map((row) => AuditEntryResponse.from(row)) };
  }
}
