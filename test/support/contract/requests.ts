import fc from 'fast-check';
import type { Contract, Parameter, Route } from '../../../src/platform/http/contract/shapes.js';
import { mutated } from './mutations.js';
import { valuesOf } from './values.js';

/** Which part of a request is wrong, if any; the rest of it is right. */
export type Spoilt = 'nothing' | 'body' | 'bytes' | 'path' | 'query' | 'version' | 'credentials';

/** A request before its ids are filled in. */
export interface Sketch {
  readonly spoilt: Spoilt;
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** A string is sent as it stands. */
  readonly body: unknown;
  readonly contentType: string | undefined;
}

/** Requests for one route: most of them right but for one part. */
export function requestsFor(contract: Contract, route: Route): fc.Arbitrary<Sketch> {
  return fc.constantFrom(...waysToSpoil(route)).chain((spoilt) => sketches(contract, route, spoilt));
}

function waysToSpoil({ path, method, operation }: Route): Spoilt[] {
  const parameters = operation.parameters ?? [];
  return [
    'nothing',
    'nothing',
    'nothing',
    ...(operation.requestBody ? (['body', 'body', 'body'] as const) : []),
    ...(method === 'get' ? [] : (['bytes'] as const)),
    ...(path.includes('{') ? (['path'] as const) : []),
    ...(parameters.some(({ in: place }) => place === 'query') ? (['query', 'query'] as const) : []),
    ...(parameters.some(({ name }) => name === 'If-Match') ? (['version'] as const) : []),
    ...(operation.security?.length === 0 ? [] : (['credentials'] as const)),
  ];
}

function sketches(contract: Contract, route: Route, spoilt: Spoilt): fc.Arbitrary<Sketch> {
  const { operation, path } = route;
  const parameters = (operation.parameters ?? []).filter(({ $ref }) => $ref === undefined);
  const [contentType, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const right =
    contentType === 'application/json' ? valuesOf(contract, media?.schema ?? {}) : fc.constant(media && 'From: editor@leaf.example\r\n\r\nHello');
  return fc.record({
    spoilt: fc.constant(spoilt),
    path: pathValues(path, spoilt === 'path'),
    query: queryValues(contract, parameters, spoilt === 'query'),
    headers: headers(parameters, spoilt),
    body: bodies(right, spoilt),
    contentType:
      spoilt === 'bytes'
        ? fc.constantFrom('application/json', 'text/plain', 'application/json; charset=latin1', 'application/x-www-form-urlencoded')
        : fc.constant(contentType),
  });
}

function bodies(right: fc.Arbitrary<unknown>, spoilt: Spoilt): fc.Arbitrary<unknown> {
  if (spoilt === 'body') return mutated(right);
  if (spoilt !== 'bytes') return right;
  return fc.oneof(
    fc.constantFrom('', '{', '[]', 'null', '"text"', '{"a":1}{', '\uFEFF{}', '['.repeat(5000), '{"__proto__":{}}', '{"a":1,"a":2}', '{"n":1e999}'),
    fc.string(),
  );
}

const GARBAGE = ['x', '0', 'null', '%00', '..', '🫖', "' OR 1=1", 'x'.repeat(1200), '00000000-0000-0000-0000-00000000000', '%F0%9F'];

function pathValues(path: string, spoilt: boolean): fc.Arbitrary<Record<string, unknown>> {
  const segments = path.split('/');
  const slots = segments.flatMap((segment, at) => (segment.startsWith('{') ? [[segment.slice(1, -1), segments[at - 1] ?? ''] as const] : []));
  const valueOf = (name: string, word: string): fc.Arbitrary<unknown> =>
    spoilt
      ? fc.oneof(fc.constantFrom(...GARBAGE), fc.uuid({ version: 7 }))
      : valuesOf(EMPTY, { type: 'string', ...(/(?:^id|Id)$/.test(name) && { format: 'uuid' }) }, name, word);
  return fc.record(Object.fromEntries(slots.map(([name, word]) => [name, valueOf(name, word)])));
}

/** Path parameters refer to no schema. */
const EMPTY = { paths: {}, components: { schemas: {} } };

function queryValues(contract: Contract, parameters: readonly Parameter[], spoilt: boolean): fc.Arbitrary<(readonly [string, string])[]> {
  const known = parameters.filter(({ in: place, schema }) => place === 'query' && schema?.type !== 'object');
  const likely = known.filter(({ name = '' }) => !['after', 'sort'].includes(name));
  const given = likely.map(({ name = '', required, schema = {} }) => {
    const pair = valuesOf(contract, schema, name).map((value) => [[name, String(value)] as const]);
    return required ? pair : fc.oneof(pair, fc.constant([]));
  });
  const right = fc.tuple(...given).map((pairs) => pairs.flat());
  if (!spoilt) return right;
  const names = [
    ...known.map(({ name = '' }) => name),
    'unheardOf',
    ...filterNames(parameters),
    'filter',
    'filter[',
    'filter[a][b][c]',
    'limit[]',
    '__proto__',
  ];
  const wrong = fc.constantFrom(
    '',
    '0',
    '-1',
    '101',
    '1e2',
    '-createdAt',
    'createdAt',
    'live,',
    ',',
    'eyJhIjoxfQ',
    'W10',
    'null',
    '2026-11-01',
    '2026-02-30',
    '\0',
    '🫖',
    "'",
    '%',
    '01890000-0000-7000-8000-000000000000',
    'x'.repeat(2100),
  );
  return fc
    .tuple(right, fc.array(fc.tuple(fc.constantFrom(...names), fc.oneof(wrong, fc.string())), { minLength: 1, maxLength: 3 }))
    .map(([good, bad]) => [...good, ...bad]);
}

function filterNames(parameters: readonly Parameter[]): string[] {
  const fields = parameters.filter(({ name }) => name === 'filter').flatMap(({ schema }) => Object.keys(schema?.properties ?? {}));
  return fields.flatMap((field) => [`filter[${field}]`, `filter[${field}][gte]`, `filter[${field}][nope]`]);
}

function headers(parameters: readonly Parameter[], spoilt: Spoilt): fc.Arbitrary<Record<string, string>> {
  const versioned = parameters.some(({ name }) => name === 'If-Match');
  const wrongTag = fc.constantFrom('', '"', '3', '"x"', '"1", "2"', '"99999999999"', 'W/', '"-1"', '**');
  const wrongKey = fc.constantFrom('', 'Bearer', 'Bearer ', 'Bearer lw_nobody', 'Basic lw_x', 'Bearer a b', `Bearer lw_${'x'.repeat(4000)}`);
  return fc.record({
    ...(versioned && { 'if-match': spoilt === 'version' ? wrongTag : fc.constantFrom('*', '*', '"1"') }),
    ...(spoilt === 'credentials' && { authorization: wrongKey }),
  });
}
