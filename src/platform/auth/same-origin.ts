import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../http/problems/http-problem.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site makes a browser send with our cookie. Browsers name the sender in Sec-Fetch-Site and, on
 * every unsafe request, in Origin; a request with neither comes from no browser, so nobody was tricked into it.
 * @throws HttpProblem 403 `bad_origin`
 */
export function assertSameOrigin(request: FastifyRequest, publicUrl: string): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin } = request.headers;
  if (origin !== undefined) {
    if (origin === new URL(publicUrl).origin || origin === `${request.protocol}://${request.host}`) return;
    throw badOrigin();
  }
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw badOrigin();
}

function badOrigin(): HttpProblem {
  return new HttpProblem(403, 'bad_origin', 'This request came from a page of another site. Use the web UI at its own address, or an API key.');
}
