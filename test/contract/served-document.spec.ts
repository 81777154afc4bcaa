import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { routesIn } from '../../src/platform/http/contract/shapes.js';
import { BuiltWorker } from '../support/built-worker.js';
import { readContract } from '../support/contract/answer-hook.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('a running server', () => {
  let database: TestDatabase;
  let server: BuiltWorker;
  let url: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const settings = {
      ROLES: 'api',
      PORT: String(port),
      HOST: '127.0.0.1',
      DATABASE_URL: database.url,
      SECRET_KEY: randomBytes(32).toString('base64'),
    };
    server = new BuiltWorker(settings);
    await server.until('it serves', async () => {
      const response = await fetch(`${url}/healthz`).catch(() => undefined);
      return response?.ok ?? false;
    });
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  it('serves the contract as it is committed', async () => {
    const response = await fetch(`${url}/openapi.json`);

    expect(await response.json()).toEqual(readContract());
  });

  it('shows the same one at /docs', async () => {
    const page = await fetch(`${url}/docs`);
    const script = await (await fetch(`${url}/docs/swagger-ui-init.js`)).text();

    expect(page.status).toBe(200);
    expect(routesIn(readContract()).filter(({ operation }) => !script.includes(`"operationId": "${operation.operationId}"`))).toEqual([]);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
