import { envelopeSchema, SENT_TYPES, type SentType } from '../../src/domain/event-catalogue.js';
import { isProblemCode } from '../../src/domain/problem-catalogue.js';
import { innerSchemas, type JsonSchema, resolve, routesIn } from '../../src/platform/http/contract/shapes.js';
import { TAGS } from '../../src/platform/http/contract/tags.js';
import { readContract } from '../support/contract/answer-hook.js';
import { JsonSchemas } from '../support/contract/json-schemas.js';

const contract = readContract();
const routes = routesIn(contract).map((route) => ({ ...route, name: `${route.method.toUpperCase()} ${route.path}` }));

/** Every schema in a part of the document, with the way to it. */
function schemasIn(schema: JsonSchema, way: string): [way: string, schema: JsonSchema][] {
  if (schema.maxItems === 0) return [[way, schema]];
  return [[way, schema], ...innerSchemas(schema).flatMap(([name, inner]) => schemasIn(inner, `${way}.${name}`))];
}

const all = Object.entries(contract.components.schemas).flatMap(([name, schema]) => schemasIn(schema, name));
const isText = ({ type }: JsonSchema): boolean => [type].flat().includes('string');
const wayOf = ([way]: readonly [string, JsonSchema]): string => way;

describe('openapi.json', () => {
  it('gives every operation a name of its own, a summary, and a tag that is explained', () => {
    const names = routes.map(({ operation }) => operation.operationId);

    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(names.filter((name) => !/^[a-z][A-Za-z]+$/.test(name))).toEqual([]);
    expect(routes.filter(({ operation }) => !operation.summary).map(({ name }) => name)).toEqual([]);
    expect((contract.tags ?? []).filter(({ description }) => !description)).toEqual([]);
    expect(Object.keys(TAGS).filter((tag) => !contract.tags?.some(({ name }) => name === tag))).toEqual([]);
  });

  it('knows a success of every operation, and describes every answer', () => {
    expect(
      routes.filter(({ operation }) => !Object.keys(operation.responses).some((status) => /^[23]/.test(status))).map(({ name }) => name),
    ).toEqual([]);
    const silent = routes.flatMap(({ name, operation }) =>
      Object.entries(operation.responses).flatMap(([status, { $ref, description }]) => (($ref ?? description) ? [] : [`${name} ${status}`])),
    );
    expect(silent).toEqual([]);
  });

  it('answers 201 only where something is made: a move is 200', () => {
    const moves = routes.filter(({ path, method }) => method === 'post' && path.endsWith('/moves'));

    expect(moves.length).toBeGreaterThan(3);
    expect(moves.filter(({ operation }) => !operation.responses['200'] || operation.responses['201']).map(({ name }) => name)).toEqual([]);
  });

  it('says of every list by what it can be sorted', () => {
    const sorts = routes.flatMap(
      ({ name, operation }) => operation.parameters?.filter((one) => one.name === 'sort').map(({ schema }) => ({ name, schema })) ?? [],
    );

    expect(sorts.length).toBeGreaterThan(25);
    expect(sorts.filter(({ schema }) => !schema?.enum?.length || !schema.enum.includes(schema.default)).map(({ name }) => name)).toEqual([]);
  });

  it('knows the pages for people outside, each with the answers it may give', () => {
    const pages = routes.filter(({ path }) => /^\/[ru]\//.test(path));
    const html = ({ operation }: (typeof pages)[number]): string[] =>
      Object.entries(operation.responses).flatMap(([status, { content }]) => (content?.['text/html'] ? [status] : []));

    expect(pages.map((page) => [page.name, page.operation.operationId, ...html(page)])).toEqual([
      ['GET /u/{token}', 'getUnsubscribePage', '200', '404'],
      ['POST /u/{token}', 'useUnsubscribePage', '200', '404'],
      ['GET /r/{token}', 'getReportPage', '200', '404'],
      ['POST /r/{token}', 'useReportPage', '200', '404', '422', '429'],
    ]);
  });

  it('has no number that may be a fraction', () => {
    expect(all.filter(([, { type, format }]) => [type].flat().includes('number') && format !== 'double').map(wayOf)).toEqual([]);
  });

  it('limits every text and every list of a request', () => {
    const requests = routes
      .flatMap(({ operation }) => Object.values(operation.requestBody?.content ?? {}))
      .flatMap(({ schema }) => schema?.$ref?.split('/').at(-1) ?? []);
    const inside = requests.flatMap((name) => reachable(name));
    const parts = all.filter(([way]) => inside.includes(way.split('.')[0] ?? ''));

    const bounded = ({ enum: values, format, pattern, maxLength }: JsonSchema): boolean => Boolean(values ?? format ?? pattern ?? maxLength);
    expect(parts.filter(([, schema]) => isText(schema) && !bounded(schema)).map(wayOf)).toEqual([]);
    expect(parts.filter(([, { type, maxItems }]) => [type].flat().includes('array') && maxItems === undefined).map(wayOf)).toEqual([]);
    expect(parts.length).toBeGreaterThan(150);
  });

  it('says of ids and instants what they are', () => {
    const named = all.filter(([way, schema]) => isText(schema) && /\.(?!rfc|requestId)(?:id|\w+Id|\w+At)$/.test(way));

    expect(named.filter(([, { format, pattern }]) => format === undefined && pattern === undefined).map(wayOf)).toEqual([]);
    expect(named.length).toBeGreaterThan(100);
  });

  it('names only problem codes of the catalogue, under their own status', () => {
    const responses = [
      ...Object.values(contract.components.responses ?? {}),
      ...routes.flatMap(({ operation }) => Object.values(operation.responses)),
    ];
    const codes = responses.flatMap(({ content }) => content?.['application/problem+json']?.schema?.allOf?.[1]?.properties?.['code']?.enum ?? []);

    expect(codes.filter((code) => !isProblemCode(String(code)))).toEqual([]);
    expect(codes.length).toBeGreaterThan(100);
  });

  it('shows examples that keep to their schemas, for every JSON body and answer', () => {
    const schemas = new JsonSchemas(contract, { closed: true });
    const bodies = routes.flatMap(({ name, operation }) => {
      const answers = Object.entries(operation.responses).map(([status, response]) => [status, response.content] as const);
      return [['body', operation.requestBody?.content] as const, ...answers].flatMap(([part, content]) => {
        const media = content?.['application/json'];
        return media?.schema ? [{ name: `${name} ${part}`, schema: media.schema, example: media.example }] : [];
      });
    });

    expect(bodies.flatMap(({ name, schema, example }) => schemas.faults(schema, example).map((fault) => `${name}: ${fault}`))).toEqual([]);
    expect(bodies.length).toBeGreaterThan(140);
  });

  it('says of each webhook what comes, as GET /event-types does', () => {
    const schemas = new JsonSchemas(contract, { closed: false });
    const posts = Object.entries(contract.webhooks ?? {});

    expect(posts.map(([type]) => type)).toEqual([...SENT_TYPES]);
    for (const [type, { post }] of posts) {
      const { schema, example } = post.requestBody?.content['application/json'] ?? {};
      expect({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema }).toEqual(envelopeSchema(type as SentType));
      expect(schemas.faults(schema ?? {}, example)).toEqual([]);
      const headers = (post.parameters ?? []).map(({ $ref }) => contract.components.parameters?.[$ref?.split('/').at(-1) ?? '']);
      expect(headers).toMatchObject(
        ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => ({
          name,
          in: 'header',
          required: true,
          description: expect.any(String),
        })),
      );
    }
    const names = [...routes.map(({ operation }) => operation), ...posts.map(([, { post }]) => post)].map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('says which headers come with an answer, each described once', () => {
    const described = Object.keys(contract.components.headers ?? {});
    const answers = routes.flatMap(({ name, operation }) =>
      Object.entries(operation.responses).map(([status, response]) => {
        const { headers = {} } = contract.components.responses?.[response.$ref?.split('/').at(-1) ?? ''] ?? response;
        return { name, status, headers: Object.entries(headers) };
      }),
    );

    const referred = new Set(answers.flatMap(({ headers }) => headers.map(([, { $ref }]) => $ref)));
    expect([...referred].sort()).toEqual(described.map((name) => `#/components/headers/${name}`).sort());
    const withHeader = (header: string) =>
      answers.filter(({ headers }) => headers.some(([name]) => name === header)).map(({ name, status }) => `${name} ${status}`);
    expect(withHeader('X-Request-Id')).toHaveLength(answers.length);
    const limited = new Set(withHeader('RateLimit'));
    expect(answers.filter(({ name, status }) => name.includes(' /api/') && !limited.has(`${name} ${status}`))).toEqual([]);
    expect(withHeader('Location')).toEqual(
      expect.arrayContaining(['POST /api/v1/webhook-endpoints/{id}/replay 202', 'POST /api/v1/prospects/bulk 202']),
    );
    expect(withHeader('Idempotency-Replayed')).toEqual(expect.arrayContaining(['POST /api/v1/projects 201', 'POST /api/v1/projects 422']));
    expect(withHeader('Idempotency-Replayed')).not.toContain('PATCH /api/v1/projects/{id} 200');
  });

  it('tells who may call: a key or a session, and which permission it takes', () => {
    const open = routes.filter(({ operation }) => operation.security?.length === 0).map(({ path }) => path);
    const closed = routes.filter(({ operation }) => operation.security?.length !== 0);

    expect(open.filter((path) => path.startsWith('/api/') && !path.includes('/auth/'))).toEqual([]);
    expect(closed.filter(({ operation }) => operation['x-permission'] === undefined).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/api/v1/auth/me', '/api/v1/auth/logout']),
    );
    expect(closed.every(({ operation }) => operation.responses['401'] !== undefined)).toBe(true);
  });
});

/** The names of the schemas that one leads to, itself among them. */
function reachable(name: string, seen: ReadonlySet<string> = new Set()): string[] {
  if (seen.has(name)) return [];
  const known = new Set([...seen, name]);
  const parts = schemasIn(resolve(contract, { $ref: `#/components/schemas/${name}` }), name);
  return [name, ...parts.flatMap(([, { $ref }]) => ($ref === undefined ? [] : reachable($ref.split('/').at(-1) ?? '', known)))];
}
