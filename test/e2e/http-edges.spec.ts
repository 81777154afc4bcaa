import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { startTeaApp } from '../support/tea-app.js';

describe('the HTTP edge against bad input', () => {
  let app: NestFastifyApplication;
  let url: string;

  beforeAll(async () => {
    ({ app, url } = await startTeaApp());
  });

  afterAll(() => app.close());

  const post = (body: string | object) => request(url).post('/api/v1/teas').set('content-type', 'application/json').send(body);

  it('answers an address that is too long as a problem', async () => {
    const response = await request(url)
      .get(`/api/v1/teas?q=${'x'.repeat(20_000)}`)
      .expect(431);

    expect(response.type).toBe('application/problem+json');
    expect(response.body).toMatchObject({ status: 431, code: 'headers_too_large', type: '/problems/headers_too_large' });
    expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  describe('bodies', () => {
    it('takes a good one', async () => {
      const response = await post({ name: 'Green 🍵', contacts: [{ email: 'tea@example.com' }] }).expect(201);

      expect(response.body).toEqual({ name: 'Green 🍵', contacts: [{ email: 'tea@example.com' }], version: 1 });
      expect(response.headers).toMatchObject({ etag: '"1"', 'cache-control': 'no-store' });
    });

    it('says where malformed JSON breaks', async () => {
      const response = await post('{\n  "name": "Tea",\n  "grams": five\n}').expect(400);

      expect(response.type).toBe('application/problem+json');
      expect(response.body).toEqual({
        type: '/problems/malformed_json',
        title: 'Malformed json',
        status: 400,
        detail: 'The body is not JSON: line 3, column 12: this character cannot stand here.',
        instance: '/api/v1/teas',
        code: 'malformed_json',
        offset: 30,
        line: 3,
        column: 12,
      });
    });

    it.each([
      ['an unknown property', { name: 'Tea', colour: 'green' }, '/colour'],
      ['an unknown property inside a list', { name: 'Tea', contacts: [{ email: 'a@example.com', x: 1 }] }, '/contacts/0/x'],
      ['a number for a string', { name: 5 }, '/name'],
      ['a string for a number', { name: 'Tea', grams: '5' }, '/grams'],
      ['a missing property', {}, '/name'],
      ['a text that is too long', { name: 'x'.repeat(21) }, '/name'],
      ['a bad value inside a list', { name: 'Tea', contacts: [{ email: 'a@example.com' }, { email: 'nobody' }] }, '/contacts/1/email'],
      ['no object inside a list', { name: 'Tea', contacts: ['a@example.com'] }, '/contacts/0'],
      ['a list for the body', [{ name: 'Tea' }], ''],
      ['a text for the body', '"Tea"', ''],
      ['null for the body', 'null', ''],
      ['no body at all', '', '/name'],
      ['a NUL', '{"name": "a\\u0000b"}', '/name'],
      ['half of a surrogate pair', '{"name": "\\ud800"}', '/name'],
      ['half of a pair inside a list', '{"name": "Tea", "contacts": [{"email": "\\udc00"}]}', '/contacts/0/email'],
    ])('points at %s', async (_, body, pointer) => {
      const response = await post(body).expect(400);

      expect(response.type).toBe('application/problem+json');
      expect(response.body.code).toBe('invalid_request');
      expect(response.body.errors).toEqual([{ pointer, detail: expect.any(String) }]);
    });

    it.each([
      ['a property named __proto__', '{"name": "Tea", "__proto__": {"x": 1}}'],
      ['the same, written with escapes', '{"name": "Tea", "\\u005f_proto__": {"x": 1}}'],
      ['endless nesting', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
      ['a constructor with a prototype', '{"name": "Tea", "constructor": {"prototype": {"x": 1}}}'],
    ])('refuses %s', async (_, body) => {
      const response = await post(body).expect(400);

      expect(response.body.code).toBe('invalid_request');
    });

    it('refuses bytes that are not UTF-8 instead of replacing them', async () => {
      const response = await post('').unset('content-length').send(Buffer.from('{"name": "T\xe9"}', 'latin1').toString('latin1')).expect(201);
      expect(response.body.name).toBe('Té'); // what supertest sends is UTF-8

      const raw = await fetch(`${url}/api/v1/teas`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from('{"name": "T\xe9"}', 'latin1'),
      });
      expect(raw.status).toBe(400);
      expect(await raw.json()).toMatchObject({ code: 'malformed_text' });
    });

    it('refuses more than a megabyte', async () => {
      const raw = await fetch(`${url}/api/v1/teas`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'x'.repeat(1024 * 1024) }),
      });

      expect(raw.status).toBe(413);
      expect(raw.headers.get('content-type')).toBe('application/problem+json');
      expect(await raw.json()).toMatchObject({ code: 'body_too_large', status: 413 });
    });

    it.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'message/rfc822', 'multipart/form-data; boundary=x'])(
      'refuses %s where JSON is due',
      async (type) => {
        const response = await request(url).post('/api/v1/teas').set('content-type', type).send('name=Tea').expect(415);

        expect(response.body.code).toBe('unsupported_media_type');
        expect(response.headers['accept']).toBe('application/json');
      },
    );

    it.each(['gzip', 'br', 'deflate, gzip'])('refuses a body that is coded as %s, and says that none is taken', async (encoding) => {
      const response = await post('{"name": "Tea"}').set('content-encoding', encoding).expect(415);

      expect(response.body).toMatchObject({ code: 'unsupported_media_type', detail: 'Send the body as it is, without Content-Encoding.' });
      expect(response.headers['accept-encoding']).toBe('identity');
    });

    it.each([
      ['application/json; charset=iso-8859-1', 415],
      ['application/json;charset="UTF-16"', 415],
      ['application/json; charset=utf-8', 201],
      ['application/json; charset="UTF8"', 201],
    ])('answers a body of %s with %d', async (type, status) => {
      const { body } = await request(url).post('/api/v1/teas').set('content-type', type).send('{"name": "Tea"}').expect(status);

      if (status === 415) expect(body).toMatchObject({ code: 'unsupported_media_type', detail: 'Send the body as UTF-8.' });
    });

    it('takes a body that says it is not coded', async () => {
      await post('{"name": "Tea"}').set('content-encoding', 'identity').expect(201);
    });

    it('hands on a raw mail of several megabytes as bytes', async () => {
      const mail = Buffer.alloc(3 * 1024 * 1024, 0xe9);
      const response = await request(url).post('/api/v1/teas/1/inbound').set('content-type', 'message/rfc822').send(mail).expect(202);

      expect(response.body).toEqual({ bytes: mail.length, first: 0xe9 });
    });

    it.each([
      ['urlencoded', 'application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'],
      [
        'multipart',
        'multipart/form-data; boundary=cut',
        '--cut\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--cut--\r\n',
      ],
    ])('reads the one-click form as %s', async (_, type, body) => {
      const response = await request(url)
        .post(`/u/${'t'.repeat(300)}`)
        .set('content-type', type)
        .send(body)
        .expect(200);

      expect(response.body).toEqual({ token: 300, 'List-Unsubscribe': 'One-Click' });
    });

    it('refuses a form that does not hold to its boundary', async () => {
      const response = await request(url).post('/u/t').set('content-type', 'multipart/form-data; boundary=cut').send('nothing').expect(400);

      expect(response.body.code).toBe('malformed_form');
    });
  });

  describe('addresses', () => {
    it.each(['/api/v1/nothing', '/nothing', '/api/v1', '/teas', '/api/v1/healthz', '/api/v1/teas//inbound', `/api/v1/teas/${'x'.repeat(2000)}`])(
      'knows nothing at %s',
      async (path) => {
        const response = await request(url).get(path).expect(404);

        expect(response.type).toBe('application/problem+json');
        expect(response.body).toMatchObject({ code: 'not_found', instance: path });
      },
    );

    it.each([
      ['put', '/api/v1/teas', 'GET, HEAD, POST'],
      ['delete', '/api/v1/teas/1?x=%', 'GET, HEAD, PATCH'],
      ['get', '/api/v1/teas/1/inbound', 'POST'],
      ['post', '/healthz', 'GET, HEAD'],
    ] as const)('answers %s %s with 405 and what it takes', async (method, path, allow) => {
      const response = await request(url)[method](path).expect(405);

      expect(response.body.code).toBe('method_not_allowed');
      expect(response.headers['allow']).toBe(allow);
    });

    it.each([
      '/api/v1/teas/%zz',
      '/api/v1/%',
      '/api/v1/teas/%ff',
      '/api/v1/teas?limit=%zz',
      '/api/v1/teas?after=%C3',
      '/api/v1/teas?q=a?b=%zz',
      '/u/%00',
    ])('refuses the bad escape in %s', async (path) => {
      const response = path.startsWith('/u/') ? await request(url).post(path) : await request(url).get(path);

      expect(response.status).toBe(400);
      expect(response.type).toBe('application/problem+json');
      expect(response.body.code).toBe('malformed_url');
      expect(response.headers['x-request-id']).toBeDefined();
    });

    it('refuses an id that is no UUID', async () => {
      const response = await request(url).get('/api/v1/teas/1').expect(400);

      expect(response.body).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '{id}', detail: 'must be an id' }] });
    });
  });
});
