import { Body, Controller, Delete, Get, Header, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../platform/auth/actor.js';
import { CurrentActor } from '../../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../../platform/auth/permissions.decorator.js';
import { RecentLogin } from '../../../platform/auth/recent-login.guard.js';
import { ApiFilters, CREATED_AT } from '../../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { readPage } from '../../../platform/http/lists/paging.js';
import { Problems } from '../../../platform/http/problems/problems.decorator.js';
import { ApiKeyPage, ApiKeyResponse, ChangeApiKeyRequest, CreateApiKeyRequest, NewApiKeyResponse, RotateApiKeyRequest } from './api-keys.dto.js';
import { API_KEY_LIST } from './api-keys.queries.js';
import { ApiKeys } from './api-keys.service.js';

@ApiTags('api-keys')
@ApiBearerAuth()
@Controller('api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  /** All keys of the workspace, revoked ones too; never the keys themselves. Who is held to some projects sees their own. */
  @Get()
  @Requires('api-keys:read')
  @ApiFilters('memberId', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: PageQuery): Promise<ApiKeyPage> {
    const found = await this.keys.list(actor, readPage(query, API_KEY_LIST));
    return { ...found, data: found.data.map((row) => ApiKeyResponse.from(row)) };
  }

  /**
   * Make a key. The answer shows it once; 422 `scope_exceeds_role` when it would do more than you may. One that a key makes never exceeds
   * that key, now or later, and ends with it.
   */
  @Post()
  @Header('cache-control', 'no-store')
  @Requires('api-keys:write')
  @Problems('scope_exceeds_role', 'mailbox_required', 'expires_in_past', 'outlives_maker')
  @RecentLogin(true)
  async create(@CurrentActor() actor: Actor, @Body() body: CreateApiKeyRequest): Promise<NewApiKeyResponse> {
    const { row, key } = await this.keys.create(actor, body);
    return Object.assign(ApiKeyResponse.from(row), { key });
  }

  /** One key; never the key itself. */
  @Get(':id')
  @Requires('api-keys:read')
  async read(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ApiKeyResponse> {
    return ApiKeyResponse.from(await this.keys.get(actor, id));
  }

  /**
   * Change the name, the end or the projects of a key; what it may do stays. 409 `api_key_ended` for one that was revoked or has expired;
   * 403 `key_exceeds_yours` where a key would touch one that reaches further than itself.
   */
  @Patch(':id')
  @Problems('api_key_ended', 'expires_in_past', 'outlives_maker', 'key_exceeds_yours')
  @Requires('api-keys:write')
  @RecentLogin(true)
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeApiKeyRequest,
  ): Promise<ApiKeyResponse> {
    return ApiKeyResponse.from(await this.keys.change(actor, id, body, ifVersion));
  }

  /** Put a new key in place of one of your own; a key can rotate itself. The answer shows the new one once. 409 `api_key_ended`. */
  @Post(':id/rotate')
  @Problems('api_key_ended', 'key_exceeds_yours')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Requires('api-keys:write')
  @RecentLogin(true)
  async rotate(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: RotateApiKeyRequest): Promise<NewApiKeyResponse> {
    const { row, key } = await this.keys.rotate(actor, id, body);
    return Object.assign(ApiKeyResponse.from(row), { key });
  }

  /** Revoke a key: it stops within five seconds, for good, and so do the keys it has made. 403 `key_exceeds_yours`. */
  @Delete(':id')
  @Problems('key_exceeds_yours')
  @HttpCode(204)
  @Requires('api-keys:write')
  async revoke(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @IfMatch() ifVersion: IfVersion): Promise<void> {
    await this.keys.revoke(actor, id, ifVersion);
  }
}
