import { getMetadataStorage } from 'class-validator';
import type { JsonSchema } from './shapes.js';

/** What class-validator holds a property to. */
interface Rule {
  readonly name?: string;
  readonly propertyName: string;
  readonly constraints?: readonly unknown[];
  readonly each: boolean;
}

type Keywords = (...constraints: readonly unknown[]) => JsonSchema;

/** Each rule in the words of JSON Schema. */
const KEYWORDS: Readonly<Record<string, Keywords>> = {
  isInt: () => ({ type: 'integer' }),
  min: (minimum) => ({ minimum: minimum as number }),
  max: (maximum) => ({ maximum: maximum as number }),
  minLength: (minLength) => ({ minLength: minLength as number }),
  maxLength: (maxLength) => ({ maxLength: maxLength as number }),
  isLength: (minLength, maxLength) => ({ minLength: minLength as number, ...(maxLength !== undefined && { maxLength: maxLength as number }) }),
  arrayNotEmpty: () => ({ minItems: 1 }),
  arrayMinSize: (minItems) => ({ minItems: minItems as number }),
  arrayMaxSize: (maxItems) => ({ maxItems: maxItems as number }),
  arrayUnique: () => ({ uniqueItems: true }),
  isUuid: () => ({ format: 'uuid' }),
  isEmail: () => ({ format: 'email' }),
  isUrl: () => ({ format: 'uri' }),
  isInstant: () => ({ format: 'date-time' }),
  isDay: () => ({ format: 'date' }),
  isZone: () => ({ format: 'iana-time-zone' }),
  matches: (pattern) => patternOf(pattern as RegExp),
};

/** A pattern of JSON Schema has no flags: one with such could not be said truly. */
function patternOf(pattern: RegExp): JsonSchema {
  return /^u?$/.test(pattern.flags) ? { pattern: pattern.source } : {};
}

/**
 * Says of each request property what its validators say. The swagger plugin reads source text only, so it misses limits that have a
 * name and rules of our own.
 */
export function addRequestLimits(schemas: Readonly<Record<string, JsonSchema>>): void {
  for (const target of validatedClasses()) {
    const { properties } = schemas[target.name] ?? {};
    if (!properties) continue;
    for (const rule of getMetadataStorage().getTargetValidationMetadatas(target, '', false, false) as readonly Rule[]) {
      const property = properties[rule.propertyName];
      const keywords = rule.name === undefined ? undefined : KEYWORDS[rule.name];
      if (property && keywords) addTo(property, rule.each, keywords(...(rule.constraints ?? [])));
      if (property && rule.name === LETS_NULL_PASS) properties[rule.propertyName] = orNull(property);
    }
  }
}

/** `@IsOptional` lets null pass as it does nothing at all; `@IfGiven` does not. */
const LETS_NULL_PASS = 'isOptional';

function orNull(property: JsonSchema): JsonSchema {
  const { anyOf, oneOf, ...said } = property;
  const choices = anyOf ?? oneOf;
  if (choices) return { ...said, anyOf: choices.some(({ type }) => type === 'null') ? choices : [...choices, { type: 'null' }] };
  if (property.$ref !== undefined || property.allOf) {
    const { allOf = [property], ...rest } = property.$ref === undefined ? property : {};
    return { ...rest, anyOf: [...allOf, { type: 'null' }] };
  }
  if (property.enum && !property.enum.includes(null)) property.enum = [...property.enum, null];
  return { ...property, ...(property.type !== undefined && { type: [...new Set([property.type, 'null'].flat())] }) };
}

function addTo(property: JsonSchema, each: boolean, { type, ...keywords }: JsonSchema): void {
  const target = each ? (property.items ??= {}) : property;
  if (type === 'integer') target.type = asInteger(target.type);
  for (const [keyword, value] of Object.entries(keywords)) (target as Record<string, unknown>)[keyword] ??= value;
}

/** JavaScript has one kind of number, and the plugin says no more than that. */
export function asInteger(type: JsonSchema['type']): string | string[] {
  return Array.isArray(type) ? type.map((one) => (one === 'number' ? 'integer' : one)) : 'integer';
}

/** class-validator lists its classes nowhere in public; without them the limits would have to be written twice. */
function validatedClasses(): (abstract new () => unknown)[] {
  const known = Reflect.get(getMetadataStorage(), 'validationMetadatas') as ReadonlyMap<unknown, unknown>;
  return [...known.keys()].filter((target): target is abstract new () => unknown => typeof target === 'function');
}
