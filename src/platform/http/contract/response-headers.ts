import { routesIn, type ApiResponse, type Contract, resolve } from './shapes.js';

const text = (description: string): object => ({ description, schema: { type: 'string' } });

const HEADERS: Readonly<Record<string, object>> = {
  'X-Request-Id': text('Yours when you sent one, else ours. It finds the request in the log.'),
  ETag: { description: 'The version, for `If-Match`.', schema: { type: 'string', pattern: '^"\\d+"$' } },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } },
  'WWW-Authenticate': text('How to come in: `Bearer`.'),
};

/** Says which headers come along: the request id always, a version with everything that has one. */
export function describeHeaders(contract: Contract): void {
  contract.components.headers = { ...HEADERS };
  for (const { operation } of routesIn(contract)) {
    for (const response of Object.values(operation.responses)) {
      if (response.$ref === undefined) response.headers = { ...headersOf(contract, response), ...response.headers };
    }
  }
}

function headersOf(contract: Contract, response: ApiResponse): Record<string, object> {
  const schema = response.content?.['application/json']?.schema;
  const versioned = schema !== undefined && resolve(contract, schema).properties?.['version'] !== undefined;
  const names = ['X-Request-Id', ...(versioned ? ['ETag'] : [])];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
