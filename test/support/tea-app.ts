import { Body, Controller, Get, HttpCode, Module, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Type } from 'class-transformer';
import { IsArray, IsEmail, IsInt, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import type { AddressInfo } from 'node:net';
import { Accepts } from '../../src/platform/http/input/accepts.decorator.js';
import { ApiFilters } from '../../src/platform/http/lists/filters.js';
import { configureHttp, createHttpAdapter } from '../../src/platform/http/http-app.js';
import { HttpModule } from '../../src/platform/http/http.module.js';
import { IfMatch, type IfVersion } from '../../src/platform/http/input/if-match.decorator.js';
import { serveOpenApi } from '../../src/platform/http/openapi.js';
import { PageQuery } from '../../src/platform/http/lists/page-query.dto.js';
import { page, readPage } from '../../src/platform/http/lists/paging.js';

class ContactBody {
  @IsEmail() email!: string;
}

class TeaBody {
  @IsString() @MaxLength(20) name!: string;
  @IsOptional() @IsInt() grams?: number;
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ContactBody) contacts?: ContactBody[];
}

export const TEAS = ['assam', 'ceylon', 'darjeeling'].map((name, at) => ({ id: `01890000-0000-7000-8000-00000000000${at}`, name }));
/** What GET /teas/broken throws. */
export const fault: { thrown: unknown } = { thrown: undefined };

export const METRICS_TOKEN = 'a-token-for-scrapers';

@Controller('teas')
class TeasController {
  @Post()
  create(@Body() body: TeaBody): { name: string; version: number } {
    return Object.assign(body, { version: 1 });
  }

  @Get()
  @ApiFilters('name')
  list(@Query() query: PageQuery): unknown {
    const list = readPage(query, { sorts: ['name'], filters: ['name'], key: ['text', 'uuid'] });
    const [afterName = ''] = list.after ?? [];
    const rows = TEAS.filter((tea) => tea.name > String(afterName) && (list.filters.name?.includes(tea.name) ?? true));
    return page(rows, list.limit, (tea) => [tea.name, tea.id], list.sort);
  }

  @Get('broken')
  fail(): never {
    throw fault.thrown;
  }

  @Get(':id')
  read(@Param('id', ParseUUIDPipe) id: string): unknown {
    return { id, version: 7 };
  }

  @Patch(':id')
  change(@IfMatch() version: IfVersion, @Body() body: TeaBody): unknown {
    return { name: body.name, changed: version };
  }

  @Post(':id/inbound')
  @HttpCode(202)
  @Accepts('message/rfc822')
  inbound(@Body() mail: Buffer): unknown {
    return { bytes: mail.length, first: mail[0] };
  }
}

@Controller('u')
class PageController {
  @Post(':token')
  @HttpCode(200)
  @Accepts('application/x-www-form-urlencoded', 'multipart/form-data')
  stop(@Param('token') token: string, @Body() form: Record<string, string>): unknown {
    return { token: token.length, ...form };
  }
}

@Module({ imports: [HttpModule], controllers: [TeasController, PageController] })
class TeaModule {}

/** The edge alone, on a port of its own: no database, no feature. */
export async function startTeaApp(): Promise<{ app: NestFastifyApplication; url: string }> {
  const options = { publicUrl: 'http://localhost:3000', trustedProxies: [], metricsToken: METRICS_TOKEN };
  const module = await Test.createTestingModule({ imports: [TeaModule] }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(createHttpAdapter(options), { logger: false });
  await configureHttp(app, options);
  serveOpenApi(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}` };
}
