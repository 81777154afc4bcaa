import { Ajv } from 'ajv';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Contract, JsonSchema } from '../../src/platform/http/contract/shapes.js';
import { Explorer } from '../support/contract/explorer.js';
import { IdPool } from '../support/contract/id-pool.js';

const NEW_TEA: JsonSchema = {
  type: 'object',
  properties: { name: { type: 'string', minLength: 1, maxLength: 10 }, grams: { type: 'integer', minimum: 1, maximum: 500 } },
  required: ['name'],
  additionalProperties: false,
};
const TEA: JsonSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const PROBLEM: JsonSchema = { type: 'object', properties: { code: { type: 'string' } }, required: ['code'] };
const refusal = { description: 'No.', content: { 'application/problem+json': { schema: PROBLEM } } };
const CONTRACT: Contract = {
  paths: {
    '/api/v1/teas': {
      post: {
        operationId: 'createTea',
        requestBody: { required: true, content: { 'application/json': { schema: NEW_TEA } } },
        responses: {
          201: { description: 'Made.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Tea' } } } },
          400: refusal,
          401: refusal,
          415: refusal,
        },
      },
    },
  },
  components: { schemas: { Tea: TEA } },
};

interface NewTea {
  readonly name: string;
  readonly grams?: number;
}

/** Where a fault is planted; without one the server keeps its contract. */
interface Faults {
  readonly keyNeeded?: boolean;
  readonly validates?: boolean;
  readonly refuse?: (reply: FastifyReply) => unknown;
  readonly make?: (tea: NewTea, reply: FastifyReply) => unknown;
}

const no = (reply: FastifyReply, status: number, code: string) =>
  reply
    .status(status)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify({ code })));

async function serve({
  keyNeeded = true,
  validates = true,
  refuse = (reply) => no(reply, 400, 'invalid'),
  make = ({ name }) => ({ name }),
}: Faults): Promise<FastifyInstance> {
  const app = fastify();
  const wellFormed = new Ajv({ strict: false }).compile<NewTea>(NEW_TEA);
  app.setErrorHandler((error: { statusCode?: number }, _, reply) => no(reply, error.statusCode ?? 500, 'broken'));
  app.post('/api/v1/teas', (request, reply) => {
    if (keyNeeded && request.headers.authorization !== 'Bearer good') return no(reply, 401, 'unauthorized');
    if (validates && !wellFormed(request.body)) return refuse(reply);
    void reply.status(201);
    return make(request.body as NewTea, reply);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app;
}

async function explore(faults: Faults): Promise<string[]> {
  const app = await serve(faults);
  const url = app.listeningOrigin;
  try {
    return await new Explorer({
      contract: CONTRACT,
      url,
      credentials: { authorization: 'Bearer good' },
      pool: new IdPool(new Set()),
      runs: 150,
      seed: 1,
    }).explore();
  } finally {
    await app.close();
  }
}

describe('Explorer', () => {
  it('finds nothing where a server keeps its contract', async () => {
    expect(await explore({})).toEqual([]);
  });

  it.each<[string, Faults, RegExp]>([
    [
      'a server that breaks on a text outside of ASCII',
      {
        make: ({ name }) => {
          if (/[^\0-\x7f]/.test(name)) throw new Error('ascii only');
          return { name };
        },
      },
      /broke/,
    ],
    [
      'a server that breaks at the largest number',
      {
        make: ({ name, grams }) => {
          if (grams !== undefined && grams > 490) throw new Error('too heavy');
          return { name };
        },
      },
      /broke/,
    ],
    ['a server that takes whatever comes', { validates: false, make: () => ({ name: 'tea' }) }, /takes what the contract forbids/],
    [
      'a limit that is off by one',
      { make: ({ name }, reply) => (Array.from(name).length < 10 ? { name } : no(reply, 400, 'invalid')) },
      /refuses what the contract allows/,
    ],
    ['a status that is not in the contract', { make: ({ name }, reply) => (name.length > 5 ? no(reply, 409, 'long') : { name }) }, /409 is a status/],
    ['a field that is not in the contract', { make: ({ name }) => ({ name, secret: 1 }) }, /secret/],
    ['an error that is no problem', { refuse: (reply) => reply.status(400).send({ message: 'no' }) }, /application\/json/],
    ['a route that forgot to ask for a key', { keyNeeded: false }, /does not ask who calls/],
  ])('finds %s', async (_, faults, words) => {
    const [finding] = await explore(faults);

    expect(finding).toMatch(words);
    expect(finding).toMatch(/asked \(\w+ spoilt\): POST \/api\/v1\/teas/);
  });
});
