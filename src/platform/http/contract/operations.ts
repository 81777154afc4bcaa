import { STATUS_CODES } from 'node:http';
import type { HandlerFacts } from './handlers.js';
import { operationName } from './operation-names.js';
import { problemResponses } from './problem-responses.js';
import { commonProblems, takesIdempotencyKey, traitsOf } from './route-problems.js';
import { PROBLEM_TYPE } from '../problems/problem.js';
import { type ApiResponse, type Contract, type JsonSchema, type Operation, type Parameter, resolve, type Route } from './shapes.js';

const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A text of your choice, new for each thing you do and the same for each time you repeat it: then it is done once. Kept for 24 hours.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

/** Says of a route what holds for all of its kind: its name, who may call it, and everything that can go wrong. */
export function completeOperation(contract: Contract, route: Route, facts: HandlerFacts): void {
  const { operation, method, path } = route;
  const answer = answerOf(contract, operation);
  operation.operationId = operationName(method, path, answer?.['nextCursor'] !== undefined);
  completeParameters(contract, route, { notModified: facts.notModified, counted: answer?.['total'] !== undefined });
  saySorts(route, facts.sorts);
  sayWhoMayCall(operation, facts);
  if (operation.requestBody) operation.requestBody.required = needsBody(contract, operation.requestBody);
  for (const [status, response] of Object.entries(operation.responses)) response.description ||= STATUS_CODES[status] ?? '';
  const traits = traitsOf(contract, route, facts);
  const problems = problemResponses(contract, { common: commonProblems(traits), own: facts.problems }, traits);
  operation.responses = { ...operation.responses, ...withoutClash(operation, problems) };
}

function completeParameters(
  contract: Contract,
  { operation, method, path }: Route,
  { notModified, counted }: { readonly notModified: boolean; readonly counted: boolean },
): void {
  // every list takes the same query; those that cannot be counted refuse this of it
  if (!counted) operation.parameters = operation.parameters?.filter(({ name }) => name !== 'count') ?? [];
  if (takesIdempotencyKey(method, path)) offerIdempotencyKey(contract, operation);
  if (notModified) offerNotModified(operation);
}

/** A list whose sorts nobody has told would promise that any will do. */
function saySorts({ operation, method, path }: Route, sorts: readonly string[] | undefined): void {
  const parameter = operation.parameters?.find(({ name, in: place }) => name === 'sort' && place === 'query');
  if (!parameter) return;
  if (!sorts) throw new Error(`${method} ${path} can be sorted: say with @ApiSorts by what.`);
  parameter.schema = { type: 'string', enum: [...sorts], default: sorts[0] };
}

function answerOf(contract: Contract, { responses }: Operation): JsonSchema['properties'] {
  const schema = responses['200']?.content?.['application/json']?.schema;
  return schema && resolve(contract, schema).properties;
}

function sayWhoMayCall(operation: Operation, { isPublic, permission }: HandlerFacts): void {
  operation.security = isPublic ? [] : [{ bearer: [] }, { session: [] }];
  if (permission !== undefined) operation['x-permission'] = permission;
}

/** Where every field may be left out, the whole body may: it is read as an empty object. */
function needsBody(contract: Contract, { content }: NonNullable<Operation['requestBody']>): boolean {
  const schema = content['application/json']?.schema;
  return schema === undefined || (resolve(contract, schema).required?.length ?? 0) > 0;
}

/** A handler may describe the header itself. */
function offerIdempotencyKey(contract: Contract, operation: Operation): void {
  const parameters = (contract.components.parameters ??= {});
  parameters['Idempotency-Key'] = IDEMPOTENCY_KEY;
  if (operation.parameters?.some(({ name }) => name === 'Idempotency-Key')) return;
  operation.parameters = [...(operation.parameters ?? []), { $ref: '#/components/parameters/Idempotency-Key' }];
}

/** RFC 9110 section 13.1.2. */
function offerNotModified(operation: Operation): void {
  const description = 'The ETag that you have: 304 without a body when nothing has changed.';
  operation.parameters = [
    ...(operation.parameters ?? []),
    { name: 'If-None-Match', in: 'header', required: false, description, schema: { type: 'string' } },
  ];
  operation.responses['304'] = { description: 'You have the present version.' };
}

/** What a handler says of a status itself, with a body of its own, stays; a problem may stand in its place. */
function withoutClash({ responses }: Operation, problems: Record<string, ApiResponse>): Record<string, ApiResponse> {
  return Object.fromEntries(
    Object.entries(problems).map(([status, problem]) => {
      const own = responses[status];
      if (own?.content === undefined) return [status, problem];
      return [status, { ...own, content: { ...own.content, [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } } }];
    }),
  );
}
