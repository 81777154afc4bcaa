import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reverse proxy as a team puts before the product, on a loopback port: its `host:port` is the domain that links stand under. */
export interface LinkFront {
  readonly domain: string;
  /** While false it answers itself, as a server of somebody else. */
  open: boolean;
  close(): Promise<void>;
}

export async function startLinkFront(appUrl: string): Promise<LinkFront> {
  const { hostname, port } = new URL(appUrl);
  const front = { open: true };
  const server = createServer((incoming, outgoing) => {
    if (!front.open) {
      outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<p>Parked.</p>');
      return;
    }
    const { method, url, headers } = incoming;
    const inner = ask({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(inner);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(front, {
    domain: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
