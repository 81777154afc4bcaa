import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { PROBLEM_TYPE, problemBody } from '../problems/problem.js';
import type { Readiness } from './readiness.js';

/**
 * For a process without the api role: the two probes and nothing else. It holds no process alive.
 * @throws when the port is taken, as by an api process beside it
 */
export async function listenForProbes(readiness: Readiness, { port, host }: { port: number; host: string }): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(request.url ?? '', response, readiness);
  });
  server.unref().listen(port, host);
  await once(server, 'listening');
  return server;
}

async function answer(url: string, response: ServerResponse, readiness: Readiness): Promise<void> {
  if (url === '/healthz') {
    send(response, 200, { status: 'ok' });
    return;
  }
  if (url === '/readyz') {
    const { ready, ...report } = await readiness.report();
    send(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', ...report });
    return;
  }
  const detail = 'This process has the worker role alone: it answers /healthz and /readyz.';
  send(response, 404, problemBody({ status: 404, code: 'not_found', detail }, url), PROBLEM_TYPE);
}

function send(response: ServerResponse, status: number, body: object, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(JSON.stringify(body));
}
