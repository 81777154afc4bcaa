import { NOTHING_BEGAN } from '../../idempotency/unkept-statuses.js';
import { PROBLEM_TYPE } from '../problems/problem.js';
import { takesIdempotencyKey } from './route-problems.js';
import { type ApiHeader, type ApiResponse, type Contract, type JsonSchema, resolve, type Route, routesIn } from './shapes.js';

const text = (description: string, more: object = {}): ApiHeader => ({ description, schema: { type: 'string', ...more } });
const always = (header: ApiHeader): ApiHeader => ({ ...header, required: true });

/** Each said once, and referred to by the answers that it comes with. */
const HEADERS = {
  'X-Request-Id': always(text('Yours when you sent one, else ours. It finds the request in the log.')),
  ETag: always(text('The version, for `If-Match`.', { pattern: String.raw`^"\d+"$` })),
  'Retry-After': always({ description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } }),
  RetryAfterFirst: { description: 'With `idempotency_in_progress`: seconds to wait for the first call.', schema: { type: 'integer', minimum: 0 } },
  'WWW-Authenticate': always(text('How to come in: `Bearer`.')),
  Location: always(text('Where to go on: of a job, its address.', { format: 'uri-reference' })),
  RateLimit: text('`"burst";r=599;t=60`: so many calls are left, until so many seconds have gone. Where a limit is set.', {
    pattern: String.raw`^"\w+";r=\d+;t=\d+$`,
  }),
  'RateLimit-Policy': text(
    '`"burst";q=600;w=60`: so many calls in so many seconds. `burst` counts those of a key or person, `address` those of nobody.',
    {
      pattern: String.raw`^"\w+";q=\d+;w=\d+$`,
    },
  ),
  'Idempotency-Replayed': text('On a POST that was repeated with its Idempotency-Key: this is the first answer, nothing was done again.', {
    enum: ['true'],
  }),
  'Preference-Applied': text('`respond-async`, where a Prefer header asked for it.'),
} as const satisfies Record<string, ApiHeader>;

type HeaderName = keyof typeof HEADERS;

/** One header may come always here and at times there. */
const CALLED: Partial<Record<HeaderName, string>> = { RetryAfterFirst: 'Retry-After' };

interface Answered {
  readonly status: string;
  readonly response: ApiResponse;
  /** Undefined for an answer that many routes share. */
  readonly route: Route | undefined;
}

/** Says which headers come along with every answer; those of a handler itself stay. */
export function describeHeaders(contract: Contract): void {
  contract.components.headers = { ...HEADERS };
  for (const answered of answersIn(contract)) {
    const { response } = answered;
    const names = headersOf(contract, answered);
    response.headers = {
      ...Object.fromEntries(names.map((name) => [CALLED[name] ?? name, { $ref: `#/components/headers/${name}` }])),
      ...response.headers,
    };
  }
}

function answersIn(contract: Contract): Answered[] {
  const own = routesIn(contract).flatMap((route) =>
    Object.entries(route.operation.responses).map(([status, response]) => ({ status, response, route })),
  );
  const shared = Object.values(contract.components.responses ?? {}).map((response) => ({ status: statusOf(response), response, route: undefined }));
  return [...own.filter(({ response }) => response.$ref === undefined), ...shared];
}

/** A shared answer is a problem, which says its status. */
function statusOf(response: ApiResponse): string {
  const status = problemOf(response)?.['status']?.const;
  return typeof status === 'number' ? String(status) : '';
}

/** What a problem of this answer says beside what all say. */
function problemOf({ content }: ApiResponse): JsonSchema['properties'] {
  return content?.[PROBLEM_TYPE]?.schema?.allOf?.[1]?.properties;
}

function headersOf(contract: Contract, answered: Answered): HeaderName[] {
  return NAMES.filter((name) => COMES[name](answered, contract));
}

/** When each comes along. */
const COMES: Readonly<Record<HeaderName, (answered: Answered, contract: Contract) => boolean>> = {
  'X-Request-Id': () => true,
  ETag: ({ status, response }, contract) => status === '304' || isVersioned(contract, response),
  'Retry-After': (answered) => isProblem(answered, '429', '503'),
  RetryAfterFirst: ({ response }) => problemOf(response)?.['code']?.enum?.includes('idempotency_in_progress') === true,
  'WWW-Authenticate': (answered) => isProblem(answered, '401'),
  Location: (answered) => answered.status === '302' || isJob(answered),
  RateLimit: ({ route }) => isOfApi(route),
  'RateLimit-Policy': ({ route }) => isOfApi(route),
  'Idempotency-Replayed': ({ status, route }) =>
    !NOTHING_BEGAN.has(Number(status)) && (route === undefined || takesIdempotencyKey(route.method, route.path)),
  'Preference-Applied': (answered) => isJob(answered) && answered.route?.operation.parameters?.some(({ name }) => name === 'Prefer') === true,
};

const NAMES = Object.keys(COMES) as HeaderName[]; // its own keys

function isVersioned(contract: Contract, { content }: ApiResponse): boolean {
  const schema = content?.['application/json']?.schema;
  return schema !== undefined && resolve(contract, schema).properties?.['version'] !== undefined;
}

function isProblem({ status, response }: Answered, ...statuses: readonly string[]): boolean {
  return response.content?.[PROBLEM_TYPE] !== undefined && statuses.includes(status);
}

function isJob({ status, response }: Answered): boolean {
  return status === '202' && response.content?.['application/json']?.schema?.$ref?.endsWith('/JobResponse') === true;
}

/** What many routes share is of the API, or may be. */
function isOfApi(route: Route | undefined): boolean {
  return route === undefined || route.path.startsWith('/api/');
}
