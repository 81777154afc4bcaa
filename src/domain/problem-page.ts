import { PROBLEM_CODES, PROBLEMS } from './problem-catalogue.js';

const WORDS_OF: Readonly<Record<number, string>> = {
  400: 'the request does not match the contract',
  401: 'who are you?',
  403: 'you may not',
  404: 'there is no such thing',
  405: 'not with this method',
  408: 'it took too long',
  409: 'the present state of things does not allow it',
  412: 'it has changed meanwhile',
  413: 'too large',
  415: 'not this kind of body',
  422: 'well-formed, but a rule refuses it',
  428: 'say which version you mean',
  429: 'too many requests',
  431: 'address or headers too large',
  500: 'our fault',
  503: 'not now',
};

/** docs/problems.md: the catalogue as a page, by status. */
export function drawProblemPage(): string {
  const statuses = [...new Set(PROBLEM_CODES.map((code) => PROBLEMS[code].status))];
  return [
    '# Problems',
    '',
    'Every error is `application/problem+json` (RFC 9457). Programs switch on `code`: a code never changes, nor does its status; new ones may come.',
    'The same is answered at `GET /problems/{code}`, where the `type` of every problem leads. Drawn from `src/domain/problem-catalogue.ts` by `node scripts/draw-domain.mjs`.',
    ...statuses.flatMap((status) => ['', `## ${status}: ${WORDS_OF[status] ?? ''}`, '', '| code | what it means |', '|---|---|', ...linesOf(status)]),
    '',
  ].join('\n');
}

function linesOf(status: number): string[] {
  return PROBLEM_CODES.filter((code) => PROBLEMS[code].status === status).map((code) => `| \`${code}\` | ${PROBLEMS[code].meaning} |`);
}
