import { type Contract, type JsonSchema, resolve, routesIn } from './shapes.js';

const ID = '019a4c6e-7c00-7a4b-8c1d-3f5e6a7b8c9d';

/** For what only a pattern tells: the hours of a sending window, the id of an event. */
const PATTERNED = ['09:00', `evt_${ID}`];

const BY_FORMAT: Readonly<Record<string, string>> = {
  uuid: ID,
  'date-time': '2026-11-02T10:00:00.000Z',
  date: '2026-11-20',
  uri: 'https://leaf.example/guide',
  email: 'editor@leaf.example',
  'iana-time-zone': 'Europe/Lisbon',
};

/** Texts that a reader of the contract can imagine, by the name of their property. */
const BY_NAME: Readonly<Record<string, string>> = {
  name: 'Tea guides',
  workspaceName: 'Tea links',
  title: 'How to brew tea',
  url: 'https://leaf.example/guide',
  sourceUrl: 'https://leaf.example/guide',
  targetUrl: 'https://tea.example/brewing',
  domain: 'leaf.example',
  host: 'mail.tea.example',
  subject: 'An article for {{prospect.domain}}?',
  text: 'Hello, may I send you three ideas for an article?',
  html: '<p>Hello, may I send you three ideas for an article?</p>',
  fromAddress: 'ada@tea.example',
  toAddress: 'editor@leaf.example',
  fromName: 'Ada',
  firstName: 'Ada',
  email: 'editor@leaf.example',
  value: 'editor@leaf.example',
  user: 'ada@tea.example',
  password: 'correct horse battery',
  setupToken: 'please-let-me-in-for-the-first-time',
  totp: '123456',
  code: '123456',
  currentPassword: 'correct horse battery',
  newPassword: 'horse battery correct',
  country: 'PT',
  currency: 'EUR',
  timeZone: 'Europe/Lisbon',
  externalRef: 'crm-4711',
  reason: 'They asked for it.',
  tags: 'tea',
  anchors: 'brewing tea',
  prefix: 'lw_Zx81',
  key: 'lw_…',
  secret: 'whsec_…',
};

/** Gives every JSON body and every JSON answer of a route an example that fits its schema. */
export function addExamples(contract: Contract): void {
  for (const { operation } of routesIn(contract)) {
    const bodies = [operation.requestBody, ...Object.values(operation.responses)].flatMap((part) => part?.content?.['application/json'] ?? []);
    for (const body of bodies) if (body.schema && body.examples === undefined) body.example ??= exampleOf(contract, body.schema);
  }
}

/** A value that a schema lets pass, as much like a real one as its names tell. */
export function exampleOf(contract: Contract, schema: JsonSchema, name = ''): unknown {
  const shape = merged(contract, schema);
  const given = [...(shape.examples ?? []), shape.default, shape.const].find((value) => value !== undefined);
  if (given !== undefined) return given;
  if (shape.enum) return shape.enum.find((value) => value !== null && value !== '*') ?? null;
  const [choice] = shape.anyOf ?? shape.oneOf ?? [];
  if (choice) return exampleOf(contract, choice, name);
  const [type = ''] = [shape.type].flat();
  return BY_TYPE[type]?.(contract, shape, name) ?? null;
}

const BY_TYPE: Readonly<Record<string, (contract: Contract, shape: JsonSchema, name: string) => unknown>> = {
  object: (contract, { properties = {} }) =>
    Object.fromEntries(Object.entries(properties).map(([property, inner]) => [property, exampleOf(contract, inner, property)])),
  array: (contract, { items = {}, minItems = 1, maxItems = Infinity }, name) =>
    Array.from({ length: Math.min(Math.max(1, minItems), maxItems) }, () => exampleOf(contract, items, name)),
  boolean: () => true,
  integer: (_, { minimum = 0, maximum = Infinity }) => Math.min(Math.max(1, minimum), maximum),
  string: (_, shape, name) => exampleText(shape, name),
};

/** References and allOf as the one object that they stand for. */
function merged(contract: Contract, schema: JsonSchema): JsonSchema {
  const shape = resolve(contract, schema);
  if (!shape.allOf) return shape;
  return Object.assign({}, ...shape.allOf.map((part) => merged(contract, part)), shape) as JsonSchema;
}

function exampleText({ format = '', pattern, type, minLength = 0, maxLength = Infinity }: JsonSchema, name: string): string | null {
  const named = format === '' || format === 'uri' || format === 'email' ? BY_NAME[name] : undefined;
  const fits = (value: string | undefined): boolean =>
    value !== undefined && value.length >= minLength && value.length <= maxLength && (pattern === undefined || new RegExp(pattern, 'u').test(value));
  const text = [named, BY_FORMAT[format], ...(pattern === undefined ? [] : PATTERNED)].find(fits);
  return text ?? ([type].flat().includes('null') ? null : 'tea');
}
