import { Body, Controller, Delete, Get, Header, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/if-match.decorator.js';
import { PageQuery } from '../../platform/http/page-query.dto.js';
import { readPage } from '../../platform/http/paging.js';
import { ApiKeyPage, ApiKeyResponse, CreateApiKeyRequest, NewApiKeyResponse } from './api-keys.dto.js';
import { API_KEY_LIST } from './api-keys.queries.js';
import { ApiKeys } from './api-keys.service.js';

@ApiTags('api-keys')
@ApiBearerAuth()
@Controller('api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  /** All keys of the workspace, revoked ones too; never the keys themselves. */
  @Get()
  @Requires('api-keys:read')
  @ApiFilters('memberId', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<ApiKeyPage> {
    const found = await this.keys.list(actor, readPage(query, API_KEY_LIST));
    return { ...found, data: found.data.map((row) => ApiKeyResponse.from(row)) };
  }

  /** Make a key. The answer shows it once; 422 `scope_exceeds_role` when it would do more than you may. */
  @Post()
  @Header('cache-control', 'no-store')
  @Requires('api-keys:write')
  async create(@CurrentActor() actor: Actor, @Body() body: CreateApiKeyRequest): Promise<NewApiKeyResponse> {
    const { row, key } = await this.keys.create(actor, body);
    return Object.assign(ApiKeyResponse.from(row), { key });
  }

  /** Revoke a key: it stops within five seconds, for good. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('api-keys:write')
  async revoke(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @IfMatch() ifVersion: IfVersion): Promise<void> {
    await this.keys.revoke(actor, id, ifVersion);
  }
}
