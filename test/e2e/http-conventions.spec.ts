import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect } from 'node:net';
import request from 'supertest';
import { Conflict, NotFound, RuleViolation, VersionMismatch } from '../../src/domain/errors.js';
import { Readiness } from '../../src/platform/http/operations/readiness.js';
import { fault, METRICS_TOKEN, startTeaApp, TEAS } from '../support/tea-app.js';

describe('the conventions of the HTTP edge', () => {
  let app: NestFastifyApplication;
  let url: string;

  beforeAll(async () => {
    ({ app, url } = await startTeaApp());
  });

  afterAll(() => app.close());

  describe('lists', () => {
    const list = (query: string) => request(url).get(`/api/v1/teas${query}`);

    it('walks page by page', async () => {
      const first = await list('?limit=2').expect(200);
      expect(first.body).toEqual({ data: TEAS.slice(0, 2), hasMore: true, nextCursor: expect.any(String) });

      const second = await list(`?limit=2&after=${first.body.nextCursor}`).expect(200);
      expect(second.body).toEqual({ data: TEAS.slice(2), hasMore: false, nextCursor: null });
    });

    it('filters', async () => {
      const response = await list('?filter[name]=assam,ceylon').expect(200);

      expect(response.body.data).toEqual(TEAS.slice(0, 2));
      expect(response.headers['etag']).toBeUndefined();
    });

    it.each([
      ['?limit=0', '?limit', 'invalid_request'],
      ['?limit=101', '?limit', 'invalid_request'],
      ['?limit=ten', '?limit', 'invalid_request'],
      ['?limit=1&limit=2', '?limit', 'invalid_request'],
      ['?after=forged', '?after', 'invalid_cursor'],
      ['?sort=price', '?sort', 'invalid_request'],
      ['?colour=green', '?colour', 'invalid_request'],
      ['?filter[colour]=green', '?filter[colour]', 'invalid_request'],
      ['?filter[name][gte]=a', '?filter[name][gte]', 'invalid_request'],
      ['?filter=a', '?filter', 'invalid_request'],
      ['?filter=a&filter[name]=b', '?filter[name]', 'invalid_request'],
      ['?__proto__[x]=1', '?__proto__', 'invalid_request'],
      ['?after=a%00b', '?after', 'invalid_request'],
    ])('refuses %s', async (query, pointer, code) => {
      const response = await list(query).expect(400);

      expect(response.body.code).toBe(code);
      expect(response.body.errors[0].pointer).toBe(pointer);
    });
  });

  describe('versions', () => {
    const change = () => request(url).patch('/api/v1/teas/1').send({ name: 'Tea' });

    it('shows the version as ETag', async () => {
      const response = await request(url).get('/api/v1/teas/01890000-0000-7000-8000-000000000000').expect(200);

      expect(response.headers['etag']).toBe('"7"');
    });

    it.each([
      ['"7"', 7],
      ['W/"7"', 7],
      ['*', '*'],
    ])('reads If-Match: %s', async (header, version) => {
      const response = await change().set('if-match', header).expect(200);

      expect(response.body.changed).toBe(version);
    });

    it.each([
      [undefined, 428, 'precondition_required'],
      ['7', 400, 'invalid_if_match'],
      ['"7", "8"', 400, 'invalid_if_match'],
      ['"99999999999999999999"', 400, 'invalid_if_match'],
    ])('answers If-Match: %s with %i', async (header, status, code) => {
      const response = await (header === undefined ? change() : change().set('if-match', header)).expect(status);

      expect(response.body.code).toBe(code);
    });
  });

  describe('errors', () => {
    const databaseError = (code: string, message = '') => Object.assign(new Error(message), { code });

    it.each([
      ['NotFound', new NotFound('tea'), 404, 'not_found'],
      ['VersionMismatch', new VersionMismatch(), 412, 'version_mismatch'],
      ['Conflict', new Conflict('topic_in_use', 'There is none left.'), 409, 'topic_in_use'],
      ['RuleViolation', new RuleViolation('fact_required', 'Wait.'), 422, 'fact_required'],
      ['a broken unique key', databaseError('23505'), 409, 'already_exists'],
      ['a reference to nothing', databaseError('23503', 'insert or update on table "a" violates …'), 404, 'not_found'],
      ['a row that is referred to', databaseError('23503', 'update or delete on table "a" violates …'), 409, 'still_in_use'],
      ['a text too long for its column', databaseError('22001'), 400, 'invalid_request'],
      ['a deadlock', databaseError('40P01'), 503, 'try_again'],
      ['a database that is away', databaseError('ECONNREFUSED'), 503, 'unavailable'],
      ['a fault of ours', new TypeError('x is undefined; secret=hunter2'), 500, 'internal_error'],
      ['something that is no error', 'hunter2', 500, 'internal_error'],
    ])('answers %s', async (_, error, status, code) => {
      fault.thrown = error;

      const response = await request(url).get('/api/v1/teas/broken?token=hunter2').expect(status);

      expect(response.type).toBe('application/problem+json');
      expect(response.body).toMatchObject({ status, code, type: `/problems/${code}`, instance: '/api/v1/teas/broken' });
      expect(response.text).not.toContain('hunter2');
    });
  });

  describe('around the API', () => {
    it('echoes a sane request id and replaces any other', async () => {
      const sane = await request(url).get('/healthz').set('x-request-id', 'abc-123');
      const other = await request(url).get('/healthz').set('x-request-id', 'x'.repeat(129));

      expect(sane.headers['x-request-id']).toBe('abc-123');
      expect(other.headers['x-request-id']).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    });

    it('is ready when every check passes, and not while one fails or it drains', async () => {
      const readiness = app.get(Readiness);
      let up = true;
      readiness.add('database', async () => {
        if (!up) throw new Error('down');
      });

      await request(url)
        .get('/readyz')
        .expect(200, { status: 'ready', checks: { database: 'ok' } });
      up = false;
      await request(url)
        .get('/readyz')
        .expect(503, { status: 'not ready', checks: { database: 'failed' } });
      up = true;
      readiness.drain();
      await request(url)
        .get('/readyz')
        .expect(503, { status: 'not ready', checks: { database: 'ok' } });
      await request(url).get('/healthz').expect(200, { status: 'ok' });
    });

    it('counts requests by route, not by path', async () => {
      await request(url).get('/api/v1/teas/01890000-0000-7000-8000-000000000000').expect(200);

      const { text, type } = await request(url).get('/metrics').set('authorization', `Bearer ${METRICS_TOKEN}`).expect(200);

      expect(type).toBe('text/plain');
      expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/api/v1/teas/:id",status="200"}');
      expect(text).not.toContain('01890000');
    });

    it('serves its contract and pages to read it, from itself alone', async () => {
      const { body } = await request(url).get('/openapi.json').expect(200);
      expect(body.openapi).toBe('3.1.0');
      expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(['/api/v1/teas', '/u/{token}', '/healthz']));
      expect(body.paths['/api/v1/teas/{id}'].patch.parameters).toContainEqual(
        expect.objectContaining({ name: 'If-Match', in: 'header', required: true }),
      );

      const parameters = body.paths['/api/v1/teas'].get.parameters as { name: string }[];
      const [filter, ...others] = parameters.filter(({ name }) => name.startsWith('filter'));
      expect(filter).toMatchObject({ in: 'query', style: 'deepObject', schema: { properties: { name: { type: 'string' } } } });
      expect(others).toEqual([]);

      const docs = await request(url).get('/docs').expect(200);
      expect(docs.text).toContain('swagger-ui-bundle.js');
      expect(docs.text).not.toMatch(/(?:src|href)=["']https?:|<script>/); // the CSP would stop both
      await request(url).get('/docs/swagger-ui-bundle.js').expect(200);
    });

    it('survives what is no HTTP at all', async () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));

      socket.end('hello\r\n\r\n');
      await closed;

      expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*content-type: application\/problem\+json[^]*"code":"malformed_request"/);

      await request(url).get('/healthz').expect(200);
    });
  });
});
