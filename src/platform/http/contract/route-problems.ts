import { meetsBorder } from '../../../domain/border-changes.js';
import type { ProblemCode } from '../../../domain/problem-catalogue.js';
import type { HandlerFacts } from './handlers.js';
import { type Contract, innerSchemas, type JsonSchema, resolve, type Route } from './shapes.js';

const API_PATH = /^\/api\/v\d+/;

/** What a route does that others do too, and that can go wrong for all of them in the same way. */
export interface Traits {
  readonly isPublic: boolean;
  readonly recentLogin: boolean;
  /** Anything but GET. */
  readonly writes: boolean;
  /** Answers page by page. */
  readonly pages: boolean;
  readonly ifMatch: boolean;
  readonly idempotent: boolean;
  readonly form: boolean;
  /** Concerns all projects: not for everyone who has the permission. */
  readonly border: boolean;
  /** An id in the path, the body or a filter, which may be of nothing. */
  readonly namesIds: boolean;
}

export function traitsOf(
  contract: Contract,
  { path, method, operation }: Route,
  { isPublic, recentLogin }: Pick<HandlerFacts, 'isPublic' | 'recentLogin'>,
): Traits {
  const parameters = operation.parameters ?? [];
  // each item of a bulk request answers for itself
  const bodies = path.endsWith('/bulk') ? [] : Object.values(operation.requestBody?.content ?? {});
  const inputs = [
    ...parameters.map(({ name = '', schema = {} }): [string, JsonSchema] => [name, schema]),
    ...bodies.map(({ schema = {} }): [string, JsonSchema] => ['', schema]),
  ];
  return {
    isPublic,
    recentLogin,
    writes: method !== 'get',
    pages: parameters.some(({ name }) => name === 'after'),
    ifMatch: parameters.some(({ name }) => name === 'If-Match'),
    idempotent: takesIdempotencyKey(method, path),
    border: !isPublic && meetsBorder(method, path.replace(API_PATH, '')),
    form: Object.keys(operation.requestBody?.content ?? {}).some((type) => type.startsWith('multipart/')),
    namesIds: path.includes('{') || inputs.some(([name, schema]) => namesId(contract, name, schema)),
  };
}

/** Every POST of the API; what concerns logging in is never kept, so there a key says nothing. */
export function takesIdempotencyKey(method: string, path: string): boolean {
  return method === 'post' && path.startsWith('/api/') && !path.includes('/auth/');
}

function namesId(contract: Contract, name: string, schema: JsonSchema, seen: ReadonlySet<JsonSchema> = new Set()): boolean {
  const shape = resolve(contract, schema);
  if (/(?:^id|Ids?)$/.test(name)) return true;
  return !seen.has(shape) && innerSchemas(shape, name).some(([inner, part]) => namesId(contract, inner, part, new Set([...seen, shape])));
}

/** The codes that a route may answer because it has these traits. */
export function commonProblems(traits: Traits): ProblemCode[] {
  const when = (trait: boolean, ...codes: ProblemCode[]): ProblemCode[] => (trait ? codes : []);
  return [
    ...when(true, 'invalid_request', 'malformed_url', 'rate_limited', 'internal_error', 'unavailable'),
    ...when(!traits.isPublic, 'unauthorized', 'forbidden'),
    ...when(!traits.isPublic && traits.writes, 'bad_origin'),
    ...when(traits.recentLogin, 'confirmation_required'),
    ...when(traits.writes, 'malformed_json', 'malformed_text', 'body_too_large', 'unsupported_media_type', 'try_again'),
    ...when(traits.border, 'outside_border'),
    ...when(traits.form, 'malformed_form'),
    ...when(traits.namesIds, 'not_found'),
    ...when(traits.pages, 'invalid_cursor'),
    ...when(traits.ifMatch, 'invalid_if_match', 'version_mismatch', 'precondition_required'),
    ...when(
      traits.idempotent,
      'invalid_idempotency_key',
      'idempotency_in_progress',
      'idempotency_outcome_unknown',
      'idempotency_key_reused',
      'idempotency_rights_changed',
    ),
  ];
}
