import { buildOpenApiDocument } from '../../src/platform/http/openapi.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

/** Who comes without a key or session may call these; whoever adds one answers for it. */
const PUBLIC = new Set([
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /problems',
  'GET /problems/{code}',
  'POST /api/v1/auth/setup',
  'POST /api/v1/auth/login',
  'POST /api/v1/auth/invitations/open',
  'POST /api/v1/auth/invitations/accept',
  'POST /api/v1/auth/password-reset',
  'POST /api/v1/auth/password-reset/complete',
  'GET /api/v1/auth/oidc',
  'GET /api/v1/auth/oidc/login',
  'GET /api/v1/auth/oidc/callback',
  'GET /.well-known/linkwright',
  'GET /r/{token}',
  'POST /r/{token}',
  'GET /u/{token}',
  'POST /u/{token}',
]);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

describe('every route', () => {
  let test: TestApp;

  beforeAll(async () => {
    test = await createTestApp({ env: { SANDBOX: 'true' } });
  });

  afterAll(() => test.close());

  it('asks for a key or session, unless it is on the list', async () => {
    const routes = Object.entries(buildOpenApiDocument(test.app).paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method] !== undefined).map((method) => ({ method, path, name: `${method.toUpperCase()} ${path}` })),
    );
    const open: string[] = [];

    for (const { method, path, name } of routes.filter((route) => !PUBLIC.has(route.name))) {
      const response = await test.request()[method](path.replaceAll(/\{\w+\}/g, '01890000-0000-7000-8000-000000000000'));
      if (response.status !== 401 || response.body.code !== 'unauthorized') open.push(`${name}: ${response.status}`);
    }

    expect(open).toEqual([]);
    expect(routes.map((route) => route.name)).toEqual(expect.arrayContaining(['POST /api/v1/auth/setup', 'POST /api/v1/sandbox/clock/advance']));
  });
});
