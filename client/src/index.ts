import createFetchClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './schema.js';

export type { components, paths } from './schema.js';
export type Schemas = components['schemas'];
export type LinkwrightClient = Client<paths>;

/** An answer that is not 2xx: problem+json as RFC 9457 has it. Switch on `code`; it never changes. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    /** The whole answer, with `errors` for the fields at fault and what else the code brings. */
    readonly problem: Readonly<Record<string, unknown>>,
  ) {
    super(`${status} ${code}: ${detail}`);
    this.name = 'ApiProblem';
  }
}

export interface ClientOptions {
  /** Of the installation, without /api/v1. */
  readonly baseUrl: string;
  /** `lw_…` */
  readonly apiKey: string;
}

/** A typed client of one workspace. Its calls reject with ApiProblem, so `data` is there when they return. */
export function createLinkwrightClient({ baseUrl, apiKey }: ClientOptions): LinkwrightClient {
  const client = createFetchClient<paths>({ baseUrl, headers: { authorization: `Bearer ${apiKey}` } });
  client.use({
    onResponse: async ({ response }) => {
      if (!response.ok) throw await problemOf(response.clone());
    },
  });
  return client;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => undefined);
  const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const { code, detail } = problem;
  return new ApiProblem(
    response.status,
    typeof code === 'string' ? code : 'unknown',
    typeof detail === 'string' ? detail : response.statusText,
    problem,
  );
}
