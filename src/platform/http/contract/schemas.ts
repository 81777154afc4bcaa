import { addRequestLimits, asInteger } from './request-limits.js';
import { type Contract, innerSchemas, type JsonSchema, type Parameter, resolve, routesIn } from './shapes.js';

/** What the name of an answer's property says of its text. Requests have validators that say it. */
const FORMATS: readonly (readonly [RegExp, string])[] = [
  [/^(?!rfc|requestId|referenceIds)(?:id|.+Ids?)$/, 'uuid'],
  [/^(?:at|now|since|timestamp|.+At)$/, 'date-time'],
  [/^(?:publishOn|linkUntil|nextActionOn)$/, 'date'],
  [/^(?:url|.+Url)$/, 'uri'],
  [/^email$/, 'email'],
];

/** Ids that are more than a UUID. */
const EVENT_ID = '^evt_[0-9a-f-]{36}$';
const EVENT_IDS: ReadonlySet<string> = new Set(['EventResponse.id', 'WebhookDeliveryResponse.eventId', 'WebhookDeliveryDetailResponse.eventId']);

/** Makes the schemas say all that is known of the values: whole numbers, formats, limits, and that requests take no unknown field. */
export function completeSchemas(contract: Contract): void {
  const { schemas } = contract.components;
  addRequestLimits(schemas);
  const requests = requestSchemas(contract);
  for (const [name, schema] of Object.entries(schemas)) {
    eachSchema(schema, '', sayInteger);
    if (requests.has(schema)) schema.additionalProperties ??= false;
    else sayFormats(name, schema);
  }
  for (const { operation } of routesIn(contract)) operation.parameters?.forEach(completeParameter);
  sortEnums(contract);
}

function completeParameter({ name = '', in: place, schema }: Parameter): void {
  if (!schema) return;
  sayInteger(schema);
  if ((place === 'path' || place === 'query') && /^(?:id|.+Id)$/.test(name)) schema.format ??= 'uuid';
}

function sayFormats(owner: string, { properties = {} }: JsonSchema): void {
  for (const [property, inner] of Object.entries(properties)) {
    eachSchema(inner, property, (part, name) => {
      sayFormat(part, name, owner);
    });
  }
}

function eachSchema(schema: JsonSchema, name: string, visit: (part: JsonSchema, name: string) => void): void {
  visit(schema, name);
  for (const [inner, part] of innerSchemas(schema, name)) eachSchema(part, inner, visit);
}

/** Nothing here is counted in fractions; what ever is says `format: double`. */
function sayInteger(schema: JsonSchema): void {
  if (schema.format !== 'double' && [schema.type].flat().includes('number')) schema.type = asInteger(schema.type);
}

function sayFormat(schema: JsonSchema, name: string, owner: string): void {
  const saysMore = schema.format !== undefined || schema.enum !== undefined || schema.pattern !== undefined;
  if (saysMore || ![schema.type].flat().includes('string')) return;
  if (EVENT_IDS.has(`${owner}.${name}`)) schema.pattern = EVENT_ID;
  else {
    const format = FORMATS.find(([pattern]) => pattern.test(name))?.[1];
    if (format !== undefined) schema.format = format;
  }
}

/** Every object that a body may hold. */
function requestSchemas(contract: Contract): ReadonlySet<JsonSchema> {
  const found = new Set<JsonSchema>();
  const visit = (schema: JsonSchema): void => {
    const shape = resolve(contract, schema);
    if (found.has(shape)) return;
    found.add(shape);
    for (const [, inner] of innerSchemas(shape)) visit(inner);
  };
  for (const { operation } of routesIn(contract)) {
    for (const { schema } of Object.values(operation.requestBody?.content ?? {})) if (schema) visit(schema);
  }
  return found;
}

/** The plugin lists the values of a union type in the compiler's order, which changes with unrelated imports. */
function sortEnums(part: unknown): void {
  if (typeof part !== 'object' || part === null) return;
  if ('enum' in part && Array.isArray(part.enum)) part.enum = part.enum.toSorted((a, b) => String(a).localeCompare(String(b), 'en'));
  for (const value of Object.values(part)) sortEnums(value);
}
