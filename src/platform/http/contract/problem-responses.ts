import { STATUS_CODES } from 'node:http';
import { type ProblemCode, PROBLEMS, problemTitle } from '../../../domain/problem-catalogue.js';
import { PROBLEM_TYPE } from '../problems/problem.js';
import type { Traits } from './route-problems.js';
import type { ApiResponse, Contract } from './shapes.js';

/**
 * The error answers of a route, by status. What many routes answer in the same way stands once, under `components.responses`, and is
 * referred to.
 */
export function problemResponses(
  contract: Contract,
  { common, own }: { readonly common: readonly ProblemCode[]; readonly own: readonly ProblemCode[] },
  traits: Traits,
): Record<string, ApiResponse> {
  const shared = (contract.components.responses ??= {});
  const responses: Record<string, ApiResponse> = {};
  for (const [status, codes] of byStatus([...common, ...own])) {
    if (codes.some((code) => own.includes(code) && !common.includes(code))) {
      responses[status] = problemResponse(status, codes);
    } else {
      const name = sharedName(status, traits);
      shared[name] ??= problemResponse(status, codes);
      responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  return responses;
}

function byStatus(codes: readonly ProblemCode[]): [status: number, codes: ProblemCode[]][] {
  const found = Map.groupBy<number, ProblemCode>(new Set(codes), (code) => PROBLEMS[code].status);
  return [...found].map(([status, group]): [number, ProblemCode[]] => [status, group.toSorted()]).sort(([a], [b]) => a - b);
}

/** The status in words and, where what can be wrong depends on it, the traits: names of components are public too. */
function sharedName(status: number, traits: Traits): string {
  const name = (STATUS_CODES[status] ?? String(status)).replaceAll(/[^A-Za-z]/g, '');
  const when = (trait: boolean, word: string): string => (trait ? word : '');
  if (status === 400) {
    return `${name}${when(traits.writes, 'Write')}${when(traits.form, 'Form')}${when(traits.pages, 'List')}${when(traits.ifMatch, 'Version')}${when(traits.idempotent, 'Key')}`;
  }
  if (status === 403) return `${name}${when(traits.writes, 'Write')}${when(traits.border, 'Border')}${when(traits.recentLogin, 'Confirmed')}`;
  return `${name}${when(status === 503 && traits.writes, 'Write')}`;
}

function problemResponse(status: number, codes: readonly ProblemCode[]): ApiResponse {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].meaning}`).join('\n\n'),
    content: {
      [PROBLEM_TYPE]: {
        schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { status: { const: status }, code: { enum: [...codes] } } }] },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleProblem(code) }])),
      },
    },
  };
}

function exampleProblem(code: ProblemCode): object {
  const { status, meaning } = PROBLEMS[code];
  return { type: `/problems/${code}`, title: problemTitle(code), status, detail: meaning, instance: '/api/v1/…', code };
}
