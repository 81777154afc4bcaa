import type { components } from './schema.js';

/** The codes that the server knew when this client was made. Asked for in this way, so that the client can be built to generate its own schema anew. */
export type ProblemCode = components['schemas'] extends { readonly ProblemCode: infer Code extends string } ? Code : never;

/** What every problem has; facts of its code stand beside these. */
export type Problem = components['schemas']['Problem'] & Readonly<Record<string, unknown>>;

/** Any text, but with the known ones offered by an editor: newer servers have newer codes. */
export type AnyProblemCode = ProblemCode | (string & Record<never, never>);

/** An answer that is not 2xx: problem+json as RFC 9457 has it. Switch on `code`; it never changes. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** What happened, for a program; `unknown` when the answer did not come from the API, but from something in between. */
  readonly code: AnyProblemCode;
  /** The fields at fault: a JSON pointer into the body, `?name` for a query parameter, or `{name}` for a part of the path. */
  readonly errors: readonly { readonly pointer?: string; readonly detail: string }[];
  /** Finds the request in the server's log. */
  readonly requestId: string | undefined;

  constructor(
    readonly status: number,
    /** The whole answer, with what else the code brings. Empty when it was no problem+json. */
    readonly problem: Partial<Problem>,
    headers: Headers = new Headers(),
  ) {
    super(`${status} ${problem.code ?? 'unknown'}: ${problem.detail ?? 'no details came along'}`);
    this.code = problem.code ?? 'unknown';
    this.errors = Array.isArray(problem.errors) ? problem.errors : [];
    this.requestId = headers.get('x-request-id') ?? undefined;
  }

  /** Whether an error is a problem, of one of these codes if any are named. */
  static is(error: unknown, ...codes: readonly AnyProblemCode[]): error is ApiProblem {
    return error instanceof ApiProblem && (codes.length === 0 || codes.includes(error.code));
  }
}

/** Reads the problem out of an answer; the answer itself stays unread. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const isProblem = typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
  return new ApiProblem(response.status, isProblem ? (body as Partial<Problem>) : {}, response.headers);
}
