import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../../telemetry/metrics.js';
import { HttpProblem } from '../problems/http-problem.js';

/** `/metrics` tells what a competitor would like to know: on the port that everyone reaches it is there only for who has the token. */
export function guardMetrics(server: FastifyInstance, token: string | undefined): void {
  server.addHook('onRequest', (request, _reply, done) => {
    done(request.routeOptions.url === '/metrics' ? refusal(request.headers.authorization, token) : undefined);
  });
}

function refusal(authorization: string | undefined, token: string | undefined): HttpProblem | undefined {
  if (token === undefined) return new HttpProblem(404, 'not_found', 'There is nothing at this address.');
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return undefined;
  const headers = { 'www-authenticate': 'Bearer' };
  return new HttpProblem(401, 'unauthorized', 'Send METRICS_TOKEN as "Authorization: Bearer …".', { headers });
}

/** Of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The same numbers on a port of their own, for scrapers inside the network; also where no API runs. */
export async function listenForMetrics(metrics: Metrics, { port, host }: { readonly port: number; readonly host: string }): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    void metrics.render().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  server.unref(); // it keeps no process alive that has stopped everything else
  return server;
}
