import type request from 'supertest';
import { BORDER, borderWord, type BorderWord, wordOfField } from '../../src/domain/project-border.js';
import { CONTRACT_ROUTES, type ContractRoute, ID_IN_PATH, isEndless, isPublic } from './contract-routes.js';
import type { PlantedIds } from './planted-things.js';
import { RIGHT_PLACES, RIGHT_QUERIES, rightBody } from './right-bodies.js';
import type { TestApp } from './test-app.js';

/** Somebody who tries ids that are not theirs. */
export interface Walker {
  readonly t: TestApp;
  readonly key: string;
  readonly own: PlantedIds;
  readonly foreign: PlantedIds;
  /** Which things are foreign to them; all, unless told. */
  readonly isForeign?: (word: BorderWord) => boolean;
  /** Routes that their role shuts altogether: 403 whatever the ids. */
  readonly shut?: (name: string) => boolean;
}

/** What a walk tried, and what went wrong: nothing, when every border held. */
export interface Walk {
  readonly tried: string[];
  readonly wrong: string[];
}

const routes = CONTRACT_ROUTES.filter((route) => !isPublic(route) && !isEndless(route));

/** Ids in paths: each one alone beside ids of their own, and all at once. 404 for all of them. */
export async function walkPaths(walker: Walker): Promise<Walk> {
  const walk: Walk = { tried: [], wrong: [] };
  for (const route of routes) {
    for (const at of placesOf(walker, route)) {
      const path = fill(walker, route, at);
      const response = await send(walker, route, { path, body: rightBody(route.name, walker.own) });
      note(walk, `${route.name} at ${at.join()}`, response, isNotFound(response));
    }
  }
  return walk;
}

/** Ids in bodies: each field of the contract that holds one. 404 pointing at it; an item of a bulk request says so for itself. */
export async function walkBodies(walker: Walker): Promise<Walk> {
  const walk: Walk = { tried: [], wrong: [] };
  for (const route of routes) {
    for (const field of route.idFields) {
      const word = wordAt(route, field);
      if (word === undefined) walk.wrong.push(`${route.name} ${field}: say in src/domain/project-border.ts what it is an id of`);
      if (word === undefined || !isForeign(walker, word)) continue;
      const body = rightBody(route.name, walker.own, field);
      if (!put(body, field.split('/').slice(1), walker.foreign[word])) {
        walk.wrong.push(`${route.name} ${field}: give it a right body in test/support/right-bodies.ts`);
        continue;
      }
      const response = await send(walker, route, { path: fill(walker, route, []), body });
      const shut = walker.shut?.(route.name) === true;
      note(walk, `${route.name} ${field}`, response, shut ? response.status === 403 : isNotFoundAt(response, field));
    }
  }
  return walk;
}

/** Ids in filters and query parameters: 404 pointing at them. Where an id may be of any kind nothing of what is foreign is shown. */
export async function walkFilters(walker: Walker): Promise<Walk> {
  const walk: Walk = { tried: [], wrong: [] };
  for (const route of routes) {
    const shut = walker.shut?.(route.name) === true;
    for (const filter of route.idFilters) {
      const word = wordOfField(/\[(\w+)\]$/.exec(filter)?.[1] ?? filter);
      if (word !== undefined && !isForeign(walker, word)) continue;
      const response = await send(walker, route, {
        path: fill(walker, route, []),
        query: { [filter]: walker.foreign[word ?? 'opportunities'] ?? '' },
      });
      const good = word === undefined ? isAbsent(walker, response) : isNotFoundAt(response, `?${filter}`);
      note(walk, `${route.name} ?${filter}`, response, shut ? response.status === 403 : good);
    }
  }
  return walk;
}

/** The positions of foreign ids to try in a path. */
function placesOf(walker: Walker, { words }: ContractRoute): number[][] {
  const foreign = words.flatMap((word, at) => {
    const known = borderWord(word);
    return known === undefined || isForeign(walker, known) ? [at] : [];
  });
  return foreign.length > 1 ? [...foreign.map((at) => [at]), foreign] : foreign.map((at) => [at]);
}

function fill({ own, foreign }: Walker, { name, path }: ContractRoute, foreignAt: readonly number[]): string {
  let at = -1;
  return path.replaceAll(ID_IN_PATH, (_, word: string) => {
    at += 1;
    return `${word}/${(foreignAt.includes(at) ? foreign[word] : own[RIGHT_PLACES[name] ?? word]) ?? `plant-one-of-${word}`}`;
  });
}

function isForeign({ isForeign: decide }: Walker, word: BorderWord): boolean {
  return decide?.(word) ?? true;
}

/** `id` of a bulk item is one of what the path names. */
function wordAt({ path }: ContractRoute, field: string): BorderWord | undefined {
  const name = field.split('/').findLast((part) => !/^\d+$/.test(part)) ?? '';
  return name === 'id' ? borderWord(path.split('/')[1] ?? '') : wordOfField(name);
}

/** @returns false when the body has no such place */
function put(body: object | string, path: readonly string[], value: unknown): boolean {
  const [name = '', ...rest] = path;
  if (typeof body !== 'object' || !Object.hasOwn(body, name)) return false;
  const fields = body as Record<string, unknown>; // it has that name
  if (rest.length > 0) return put(fields[name] as object, rest, value);
  fields[name] = value;
  return true;
}

async function send(
  { t, key }: Walker,
  { name, method }: ContractRoute,
  { path, body, query = {} }: { readonly path: string; readonly body?: object | string; readonly query?: Readonly<Record<string, string>> },
): Promise<request.Response> {
  const call = t
    .request()
    [method](`/api/v1${path}`)
    .set('authorization', `Bearer ${key}`)
    .set('if-match', '*')
    .query({ ...RIGHT_QUERIES[name], ...query });
  if (method === 'get' || body === undefined) return call;
  return call.type(typeof body === 'string' ? 'message/rfc822' : 'json').send(body);
}

function isNotFound({ status, body }: request.Response): boolean {
  return status === 404 && body.code === 'not_found';
}

function isNotFoundAt(response: request.Response, field: string): boolean {
  if (isNotFound(response)) return response.body.errors?.[0]?.pointer === field;
  return response.status === 200 && response.body.results?.[0]?.status === 404 && response.body.results[0].problem.code === 'not_found';
}

function isAbsent({ foreign }: Walker, response: request.Response): boolean {
  return isNotFound(response) || (response.status === 200 && Object.values(foreign).every((id) => !response.text.includes(id)));
}

function note({ tried, wrong }: Walk, what: string, { status, text }: request.Response, good: boolean): void {
  tried.push(what);
  if (!good) wrong.push(`${what}: ${status} ${text.slice(0, 300)}`);
}

/** Things that belong to a project, and so can lie beyond the second border. */
export function isBordered(word: BorderWord): boolean {
  return !['workspace', 'own', 'site', 'person', 'tools'].includes(BORDER[word].bond);
}
