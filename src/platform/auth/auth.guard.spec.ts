import { Controller, Get, Module, Post } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { ROLE_PERMISSIONS } from '../../domain/permissions.js';
import { configureHttp, createHttpAdapter } from '../http/http-app.js';
import { HttpModule } from '../http/http.module.js';
import { HttpOptions } from '../http/http-options.js';
import type { Actor } from './actor.js';
import { AuthGuard } from './auth.guard.js';
import { CurrentActor } from './current-actor.decorator.js';
import { Public, Requires } from './permissions.decorator.js';
import { TokenVerifier } from './token-verifier.js';

const VIEWER: Actor = {
  workspaceId: 'w1',
  userId: 'u1',
  memberId: 'm1',
  role: 'viewer',
  projectIds: null,
  permissions: ROLE_PERMISSIONS.viewer,
  via: 'ui',
};

/** Knows one key and one session. */
class OneOfEach extends TokenVerifier {
  async verifyBearer(token: string): Promise<Actor | undefined> {
    return token === 'lw_good' ? { ...VIEWER, via: 'key' } : undefined;
  }

  async verifySession(cookie: string): Promise<Actor | undefined> {
    return cookie === 'good' ? VIEWER : undefined;
  }
}

@Controller('teas')
class TeasController {
  @Get()
  @Requires('prospects:read')
  read(@CurrentActor() actor: Actor): unknown {
    return { via: actor.via, requestId: actor.requestId };
  }

  @Post('tasted')
  @Requires('prospects:read')
  taste(): void {
    return;
  }

  @Post()
  @Requires('prospects:write')
  write(): void {
    return;
  }

  @Get('forgotten')
  forgotten(): void {
    return;
  }

  @Get('open')
  @Public()
  open(): string {
    return 'open';
  }
}

const OPTIONS: HttpOptions = { publicUrl: 'http://teas.example', trustedProxies: [] };

@Module({
  imports: [HttpModule],
  controllers: [TeasController],
  providers: [
    { provide: TokenVerifier, useClass: OneOfEach },
    { provide: HttpOptions, useValue: OPTIONS },
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
})
class TeaModule {}

describe('AuthGuard', () => {
  let app: NestFastifyApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [TeaModule] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(createHttpAdapter(OPTIONS), { logger: false });
    await configureHttp(app, OPTIONS);
    await app.listen(0, '127.0.0.1');
  });

  afterAll(() => app.close());

  const call = (method: 'get' | 'post', path: string, headers: Record<string, string>) =>
    request(app.getHttpServer())[method](`/api/v1/teas${path}`).set(headers);

  const KEY = { authorization: 'Bearer lw_good' };
  const SESSION = { cookie: 'lw_session=good' };

  it.each<[what: string, request: ['get' | 'post', string, Record<string, string>], answer: [number, string?]]>([
    ['lets a known key read', ['get', '', KEY], [200]],
    ['lets a session read', ['get', '', SESSION], [200]],
    ['lets anyone into what is public', ['get', '/open', {}], [200]],
    ['turns away who brings nothing', ['get', '', {}], [401, 'unauthorized']],
    ['turns away an unknown key', ['get', '', { authorization: 'Bearer lw_bad' }], [401, 'unauthorized']],
    ['turns away another scheme', ['get', '', { authorization: 'Basic lw_good' }], [401, 'unauthorized']],
    ['turns away an unknown session', ['get', '', { cookie: 'lw_session=bad' }], [401, 'unauthorized']],
    ['does not let a wrong key pass as the session beside it', ['get', '', { ...SESSION, authorization: 'Bearer lw_bad' }], [401, 'unauthorized']],
    ['refuses what the role may not do', ['post', '', KEY], [403, 'forbidden']],
    ['refuses a route that forgot to say what it needs', ['get', '/forgotten', KEY], [403, 'forbidden']],
  ])('%s', async (_, [method, path, headers], [status, code]) => {
    const response = await call(method, path, headers).expect(status);

    expect(response.body.code).toBe(code);
  });

  it('asks the health probes for nothing', async () => {
    await request(app.getHttpServer()).get('/healthz').expect(200);
  });

  it('tells a 401 how to come in', async () => {
    const response = await call('get', '', {}).expect(401);

    expect(response.headers['www-authenticate']).toBe('Bearer');
  });

  it('hands the actor on, with the id of the request', async () => {
    const response = await call('get', '', { ...KEY, 'x-request-id': 'r1' }).expect(200, { via: 'key', requestId: 'r1' });

    expect(response.headers['x-request-id']).toBe('r1');
  });

  it.each([
    ['from our own pages', { ...SESSION, origin: 'http://teas.example', 'sec-fetch-site': 'same-origin' }, 201],
    ['from the host that was called', { ...SESSION, host: 'inner.example', origin: 'http://inner.example' }, 201],
    ['from no browser at all', SESSION, 201],
    ['from another site', { ...SESSION, origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
    ['from another port of our host', { ...SESSION, origin: 'http://teas.example:8080' }, 403],
    ['from a sandboxed frame', { ...SESSION, origin: 'null' }, 403],
    ['from another site that hides its name', { ...SESSION, 'sec-fetch-site': 'cross-site' }, 403],
    ['from another site, but with a key, which no browser adds by itself', { ...KEY, origin: 'http://evil.example' }, 201],
  ])('answers an unsafe request %s', async (_, headers, status) => {
    const response = await call('post', '/tasted', headers).expect(status);

    expect(response.body.code).toBe(status === 403 ? 'bad_origin' : undefined);
  });

  it('lets another site link to what only reads', async () => {
    await call('get', '', { ...SESSION, 'sec-fetch-site': 'cross-site' }).expect(200);
  });
});
