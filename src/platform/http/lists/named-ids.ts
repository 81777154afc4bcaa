import { isId } from '../../ids.js';
import { bodyPointer, queryPointer } from '../problems/pointer.js';

/** The parts of a request that can name things. */
export interface IdBearers {
  /** As the router knows it: `/api/v1/pitches/:pitchId/drafts/:id`. */
  readonly route: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

export interface IdInPath {
  /** What stands before it in the path; empty at its beginning. */
  readonly word: string;
  readonly id: string;
}

export interface IdInField {
  readonly field: string;
  readonly id: string;
  readonly pointer: string;
}

/** Deeper than any body of the contract. */
const MAX_DEPTH = 12;

/** The ids that stand in the path of a request; what is no id is left to the route to refuse. */
export function idsInPath({ route, params }: Pick<IdBearers, 'route' | 'params'>): IdInPath[] {
  const parts = route.split('/');
  return parts.flatMap((part, at) => {
    const value = part.startsWith(':') ? own(params, part.slice(1)) : undefined;
    return typeof value === 'string' && isId(value) ? [{ word: parts[at - 1] ?? '', id: value }] : [];
  });
}

/** The ids in fields of the query and the body, filters and inner objects included. A bulk request answers for each of its items by itself. */
export function idsInFields({ route, query, body }: IdBearers): IdInField[] {
  const bulk = route.endsWith('/bulk') ? ['items'] : [];
  return [...collect(query, [], queryPointer), ...collect(omit(body, bulk), [], bodyPointer)];
}

function collect(part: unknown, path: readonly string[], pointer: (path: readonly string[]) => string): IdInField[] {
  if (path.length > MAX_DEPTH || typeof part !== 'object' || part === null || Buffer.isBuffer(part)) return [];
  return Object.entries(part).flatMap(([name, value]) => {
    const place = [...path, name];
    return [...readField(place, value, pointer), ...collect(value, place, pointer)];
  });
}

/** One id, several with commas between, or a list of them; the field is the last name of the path that is no index and no operator. */
function readField(path: readonly string[], value: unknown, pointer: (path: readonly string[]) => string): IdInField[] {
  if (typeof value !== 'string') return [];
  const field = path.findLast((name) => /Ids?$/.test(name));
  if (field === undefined) return [];
  return value
    .split(',')
    .filter(isId)
    .map((id) => ({ field, id, pointer: pointer(path) }));
}

function own(part: unknown, name: string): unknown {
  return typeof part === 'object' && part !== null && Object.hasOwn(part, name) ? (part as Record<string, unknown>)[name] : undefined;
}

function omit(part: unknown, names: readonly string[]): unknown {
  if (names.length === 0 || typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).filter(([name]) => !names.includes(name)));
}
