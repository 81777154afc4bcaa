import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SiteAnswer = (request: IncomingMessage, response: ServerResponse) => void;

/** A small website on loopback whose pages a test writes as it goes. What is not written answers 404. */
export interface FixtureSite {
  /** Without a slash at the end. */
  readonly origin: string;
  /** As prospects are keyed: host:port. */
  readonly domain: string;
  /** How many requests were under way at once, at most. */
  readonly mostAtOnce: () => number;
  /** Of all paths, or of one. */
  readonly requests: (path?: string) => number;
  write(path: string, page: string | SiteAnswer): void;
  /** Answers everything alike until the next call without an argument. */
  always(answer?: SiteAnswer): void;
  close(): Promise<void>;
}

const WORDS = '<p>Some honest words about tea, and then some more. '.repeat(60);

/** A page long enough not to look like an empty shell. */
export const article = (body: string): string => `<!doctype html><title>Tea</title><body>${WORDS}${body}</body>`;

export const answerStatus =
  (status: number, headers: Record<string, string> = {}): SiteAnswer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(article(''));

export async function startFixtureSite(): Promise<FixtureSite> {
  const pages = new Map<string, string | SiteAnswer>();
  let override: SiteAnswer | undefined;
  const asked: string[] = [];
  let [now, most] = [0, 0];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    most = Math.max(most, (now += 1));
    response.once('close', () => (now -= 1));
    const page = override ?? pages.get(request.url ?? '');
    if (page === undefined) answerStatus(404)(request, response);
    else if (typeof page === 'function') page(request, response);
    else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const domain = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin: `http://${domain}`,
    domain,
    mostAtOnce: () => most,
    requests: (path) => asked.filter((each) => path === undefined || each === path).length,
    write: (path, page) => void pages.set(path, page),
    always: (answer) => {
      override = answer;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
