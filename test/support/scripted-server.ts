import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it does with one request: an answer, nothing at all, or a cut connection. */
export type Act =
  { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: object | string } | 'silence' | 'cut';

export interface ScriptedServer {
  readonly url: string;
  /** In the order in which they came. */
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }[];
  close(): Promise<void>;
}

/** A server on loopback that acts by a script, one act a request; the last act is repeated. */
export async function startScriptedServer(...acts: readonly [Act, ...Act[]]): Promise<ScriptedServer> {
  const requests: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const act = acts[Math.min(requests.length, acts.length - 1)] ?? acts[0];
      requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
      perform(act, request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function perform(act: Act, request: IncomingMessage, response: ServerResponse): void {
  if (act === 'silence') return;
  if (act === 'cut') {
    request.socket.destroy();
    return;
  }
  const { status, headers = {}, body = {} } = act;
  const type = typeof body === 'string' ? 'text/html' : status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type, ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
