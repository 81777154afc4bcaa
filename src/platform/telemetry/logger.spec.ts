import { Controller, Get, HttpException, Logger, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Logger as PinoLogger, LoggerModule } from 'nestjs-pino';
import request from 'supertest';
import { QueryFailedError } from 'typeorm';
import { configureHttp, createHttpAdapter } from '../http/http-app.js';
import { HttpModule } from '../http/http.module.js';
import { loggerParams, maskPath } from './logger.js';

const lines: Record<string, unknown>[] = [];
let raw = '';

@Controller()
class TeasController {
  private readonly logger = new Logger(TeasController.name);

  @Get('teas/:id')
  read(): string {
    this.logger.log({ teaId: 't1', headers: { authorization: 'Bearer lw_secret', cookie: 'lw_session=secret', 'set-cookie': 'secret' } }, 'tea read');
    return 'tea';
  }

  @Get('refused')
  refused(): never {
    throw new HttpException('no', 409);
  }

  @Get('failing')
  failing(): never {
    const driverError = Object.assign(new Error('invalid input for "secret@teas.example"'), { code: 'XX000', detail: 'Key (email)=(secret)' });
    throw new QueryFailedError('INSERT INTO teas VALUES ($1)', ['secret'], driverError);
  }

  @Get('r/:token')
  page(): string {
    return 'page';
  }
}

const destination = {
  write: (line: string): void => {
    lines.push(JSON.parse(line));
    raw += line;
  },
};

@Module({ imports: [HttpModule, LoggerModule.forRoot(loggerParams('info', destination))], controllers: [TeasController] })
class TeaModule {}

describe('the log', () => {
  let app: NestFastifyApplication;

  beforeAll(async () => {
    const options = { publicUrl: 'http://localhost:3000', trustedProxies: [] };
    const module = await Test.createTestingModule({ imports: [TeaModule] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(createHttpAdapter(options), { bufferLogs: true });
    app.useLogger(app.get(PinoLogger));
    await configureHttp(app, options);
    await app.listen(0, '127.0.0.1');
  });

  beforeEach(() => {
    lines.length = 0;
    raw = '';
  });

  afterAll(() => app.close());

  const get = (path: string) => request(app.getHttpServer()).get(path).set('x-request-id', 'r1');

  it('has one line for a request, with its route and not its path', async () => {
    await get('/api/v1/teas/secret?q=secret').set('authorization', 'Bearer secret').expect(200);

    expect(lines.find((line) => line['msg'] === 'request')).toEqual({
      level: 30,
      time: expect.any(Number),
      context: 'Http',
      requestId: 'r1',
      method: 'GET',
      route: '/api/v1/teas/:id',
      status: 200,
      durationMs: expect.any(Number),
      msg: 'request',
    });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('names the request in what is logged on its way, and blots out credentials', async () => {
    await get('/api/v1/teas/1').expect(200);

    expect(lines.find((line) => line['msg'] === 'tea read')).toMatchObject({
      requestId: 'r1',
      teaId: 't1',
      headers: { authorization: '[redacted]', cookie: '[redacted]', 'set-cookie': '[redacted]' },
    });
  });

  it('names it once in a line, also in that of a request which was refused before any handler saw it', async () => {
    await get('/api/v1/teas/1').expect(200);
    await get('/api/v1/failing').expect(500);
    await get('/r/secret?x=%zz').expect(400);

    expect(lines.length).toBeGreaterThan(3);
    for (const line of raw.trim().split('\n')) expect(line.match(/"requestId":"r1"/g)).toHaveLength(1);
  });

  it('keeps tokens of public pages out', async () => {
    await get('/r/secret').expect(200);
    await get('/r/secret/further').expect(404);

    expect(lines.some((line) => line['route'] === '/r/:token')).toBe(true);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('tells of our faults with the request, but not with the values of the statement', async () => {
    await get('/api/v1/failing').expect(500);

    expect(lines.find((line) => line['msg'] === 'request failed')).toMatchObject({
      level: 50,
      requestId: 'r1',
      err: { type: 'QueryFailedError', code: 'XX000', stack: expect.stringContaining('logger.spec.ts') },
    });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('does not speak above debug of what callers do wrong', async () => {
    await get('/api/v1/refused').expect(409);
    await get('/api/v1/nothing').expect(404);

    expect(lines).toEqual([]);
  });
});

describe('maskPath', () => {
  it.each([
    ['/api/v1/teas?token=secret', '/api/v1/teas'],
    ['/r/secret', '/r/[token]'],
    ['/u/secret/done', '/u/[token]/done'],
    ['/api/v1/contacts/a@teas.example', '/api/v1/contacts/[address]'],
    ['/api/v1/contacts/a%40teas.example', '/api/v1/contacts/[address]'],
  ])('makes %s into %s', (url, masked) => {
    expect(maskPath(url)).toBe(masked);
  });
});
