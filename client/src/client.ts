import createFetchClient, { type Client } from 'openapi-fetch';
import { type ItemOf, itemsOf, type ListParams, type ListPath } from './pages.js';
import { problemOf } from './problem.js';
import { toQueryString } from './query.js';
import { type Fetch, retrying, type RetryOptions } from './retry.js';
import type { paths } from './schema.js';

export interface ClientOptions {
  /** Of the installation, without /api/v1. */
  readonly baseUrl: string;
  /** `lw_…`. Without one the browser's session cookie is used, so only for pages of the installation itself. */
  readonly apiKey?: string;
  readonly retry?: RetryOptions;
  /** Of each single try, in milliseconds. 30,000 unless given. */
  readonly timeoutMs?: number;
  /** Instead of the global one. */
  readonly fetch?: Fetch;
}

export interface LinkwrightClient extends Client<paths> {
  /**
   * Everything in a list, page by page as the loop goes on:
   * `for await (const prospect of api.pages('/api/v1/prospects', { query: { filter: { tag: 'tea' } } }))`.
   */
  pages<Path extends ListPath>(path: Path, params?: ListParams<Path>): AsyncGenerator<ItemOf<Path>, void, undefined>;
}

/**
 * A typed client of one workspace. Its calls reject with ApiProblem, so `data` is there when they return. What the server could not
 * answer is tried again; every POST gets an Idempotency-Key of its own, so that trying again does nothing twice.
 */
export function createLinkwrightClient({ baseUrl, apiKey, retry = {}, timeoutMs = 30_000, fetch: send }: ClientOptions): LinkwrightClient {
  const client = createFetchClient<paths>({
    baseUrl,
    fetch: retrying(send ?? ((request) => fetch(request)), retry, timeoutMs),
    querySerializer: toQueryString,
    ...(apiKey !== undefined && { headers: { authorization: `Bearer ${apiKey}` } }),
  });
  client.use({
    onRequest: ({ request }) => {
      if (takesKey(request) && !request.headers.has('idempotency-key')) request.headers.set('idempotency-key', crypto.randomUUID());
    },
    onResponse: async ({ response }) => {
      if (!response.ok && response.status !== 304) throw await problemOf(response);
    },
  });
  return Object.assign(client, {
    pages: <Path extends ListPath>(path: Path, params: ListParams<Path> = {}) =>
      itemsOf((after) => readPage(client, path, withCursor(params, after))),
  });
}

/** What concerns logging in is never kept by the server. */
function takesKey({ method, url }: Request): boolean {
  return method === 'POST' && !new URL(url).pathname.includes('/auth/');
}

function withCursor(params: { readonly path?: unknown; readonly query?: object }, after: string | undefined): object {
  return { ...params, query: { limit: 100, ...params.query, ...(after !== undefined && { after }) } };
}

/** The one place that leaves the types: a path that stands for any list has no parameters that the compiler could check. */
async function readPage<Path extends ListPath>(
  client: Client<paths>,
  path: Path,
  params: object,
): Promise<{ data: ItemOf<Path>[]; nextCursor: string | null }> {
  const get = client.GET as unknown as (path: string, init: object) => Promise<{ data: { data: ItemOf<Path>[]; nextCursor: string | null } }>;
  const { data } = await get(path, { params });
  return data;
}

/** The header of a change, for `params.header`: made for the version that was read, or for whichever there is. */
export function ifMatch(version: number | { readonly version: number } | '*'): { 'If-Match': string } {
  const wanted = typeof version === 'object' ? version.version : version;
  return { 'If-Match': wanted === '*' ? '*' : `"${wanted}"` };
}
