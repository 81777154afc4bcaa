import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type BodyPath = readonly (string | number)[];

/** A place in the body of a route where a caller may put a text. */
export interface TextField {
  readonly path: BodyPath;
  /** As in `/items/0/email`. */
  readonly pointer: string;
  readonly minLength: number;
  readonly maxLength: number;
  /** The contract gives it a form of its own. */
  readonly formed: boolean;
  /** The contract takes no control characters there. */
  readonly oneLine: boolean;
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
}

type Operation = { readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> } };

const contract = JSON.parse(readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

/** Every route that takes JSON, with the texts in its body; names as in `post /prospects`. */
export function routesWithTexts(): { readonly name: string; readonly fields: readonly TextField[] }[] {
  return Object.entries(contract.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, { requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema;
      const fields = schema ? textFields(schema, []) : [];
      return fields.length === 0 ? [] : [{ name: `${method} ${path.replace('/api/v1', '')}`, fields }];
    }),
  );
}

function textFields(schema: Schema, path: BodyPath): TextField[] {
  if (schema.$ref) return textFields(contract.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, path);
  const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (parts.length > 0) return parts.flatMap((part) => textFields(part, path));
  if (schema.properties) return Object.entries(schema.properties).flatMap(([name, of]) => textFields(of, [...path, name]));
  if (schema.items) return textFields(schema.items, [...path, 0]);
  return isText(schema) ? [textField(schema, path)] : [];
}

function isText({ type, enum: closed, format }: Schema): boolean {
  return [type].flat().includes('string') && !closed && format !== 'uuid';
}

/** Patterns that only forbid some signs, and leave all else of a text open. */
const ONE_LINE = ['^(?:\\P{Cc}*[^\\s\\p{C}]\\P{Cc}*)?$', '^[^\\p{Cc}\\p{Zl}\\p{Zp}]*$'];

function textField({ minLength = 0, maxLength = Infinity, format, pattern }: Schema, path: BodyPath): TextField {
  const oneLine = pattern !== undefined && ONE_LINE.includes(pattern);
  return { path, pointer: `/${path.join('/')}`, minLength, maxLength, oneLine, formed: format !== undefined || (pattern !== undefined && !oneLine) };
}

export function readAt(body: unknown, path: BodyPath): unknown {
  return path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? (part as Record<string | number, unknown>)[key] : undefined),
    body,
  );
}

/** A copy with another value there; undefined when the body has no such place. */
export function withAt(body: object, path: BodyPath, value: unknown): object | undefined {
  const copy = structuredClone(body);
  const parent = readAt(copy, path.slice(0, -1)) as Record<string | number, unknown> | undefined;
  const last = path.at(-1);
  if (typeof parent !== 'object' || last === undefined) return undefined;
  parent[last] = value;
  return copy;
}
