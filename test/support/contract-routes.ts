import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const HTTP_METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: Schema }[];
}

interface Contract {
  readonly paths: Readonly<Record<string, Partial<Record<HttpMethod, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One route below /api/v1, as openapi.json knows it. */
export interface ContractRoute {
  /** `post /pitches/{id}/moves`: what the tables of tests call it. */
  readonly name: string;
  readonly method: HttpMethod;
  /** Without /api/v1. */
  readonly path: string;
  /** The words that stand before the ids in its path, in order. */
  readonly words: readonly string[];
  /** Fields of the body that hold ids, as in `/items/0/campaignId`. */
  readonly idFields: readonly string[];
  /** Query parameters that hold ids, as in `filter[campaignId]`. */
  readonly idFilters: readonly string[];
  readonly paged: boolean;
}

const contract = JSON.parse(readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8')) as Contract;
const PREFIX = '/api/v1';

/** An id in the path of the contract, with the word before it; tokens are no ids. */
export const ID_IN_PATH = /([\w-]+)\/\{(?:id|\w+Id)\}/g;

/** Every route of the committed contract: a new one cannot be forgotten. */
export const CONTRACT_ROUTES: readonly ContractRoute[] = Object.entries(contract.paths)
  .filter(([path]) => path.startsWith(PREFIX))
  .flatMap(([path, item]) => HTTP_METHODS.flatMap((method) => (item[method] ? [routeOf(path.slice(PREFIX.length), method, item[method])] : [])));

/** Whom it serves has no credential yet. */
export function isPublic({ path }: ContractRoute): boolean {
  return /^\/auth\/(?:setup$|login$|password-reset\b|invitations\b|oidc$|oidc\/(?:login|callback)$)/.test(path);
}

/** It concerns the caller alone: any credential will do. */
export function isOwnAccount(route: ContractRoute): boolean {
  return /^\/(?:auth|jobs)\b/.test(route.path) && !isPublic(route);
}

/** Its answer has no end. */
export function isEndless({ name }: ContractRoute): boolean {
  return name === 'get /stream';
}

function routeOf(path: string, method: HttpMethod, { requestBody, parameters = [] }: Operation): ContractRoute {
  const query = parameters.filter((one) => one.in === 'query');
  return {
    ...{ name: `${method} ${path}`, method, path },
    words: [...path.matchAll(ID_IN_PATH)].map(([, word = '']) => word),
    idFields: Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => idFieldsOf(schema, '', [])),
    idFilters: query.flatMap(({ name, schema }) => [
      ...(holdsIds(name, schema ?? {}) ? [name] : []),
      ...Object.entries(schema?.properties ?? {}).flatMap(([field, inner]) => (holdsIds(field, inner) ? [`${name}[${field}]`] : [])),
    ]),
    paged: query.some(({ name }) => name === 'after'),
  };
}

function holdsIds(name: string, schema: Schema): boolean {
  return /(?:Id|Ids|^id)$/.test(name) || schema.format === 'uuid' || schema.items?.format === 'uuid';
}

function idFieldsOf(schema: Schema, path: string, seen: readonly string[]): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return seen.includes(name) ? [] : idFieldsOf(contract.components.schemas[name] ?? {}, path, [...seen, name]);
  }
  const inner = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((one) => idFieldsOf(one, path, seen));
  const items = schema.items ? idFieldsOf(schema.items, `${path}/0`, seen) : [];
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, one]) => {
    const list = one.items !== undefined && one.items.$ref === undefined;
    return [...(holdsIds(name, one) ? [`${path}/${name}${list ? '/0' : ''}`] : []), ...idFieldsOf(one, `${path}/${name}`, seen)];
  });
  return [...new Set([...inner, ...items, ...own])];
}
