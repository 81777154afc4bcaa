import type { Socket } from 'node:net';
import { PROBLEM_TYPE, problemBody, type ProblemSpec } from './problem.js';
import { newRequestId } from '../request-id.js';

const UNREADABLE: ProblemSpec = { status: 400, code: 'malformed_request', detail: 'This is not HTTP/1.1 as the server could read it.' };

/** By the code that Node's parser gives. */
const PROBLEMS: Readonly<Record<string, ProblemSpec>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large', detail: 'Address and headers together take 16 kB at most.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout', detail: 'The request did not arrive in time.' },
};

/** Answers what never became a request, so that no hook and no filter saw it; then the connection is of no more use. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = PROBLEMS[error.code ?? ''] ?? UNREADABLE;
  const body = Buffer.from(JSON.stringify(problemBody(problem, '')));
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.code}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${body.length}`,
    `x-request-id: ${newRequestId()}`,
    'cache-control: no-store',
    'connection: close',
  ];
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
}
