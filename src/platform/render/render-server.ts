import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { RenderBrowser } from './render-browser.js';
import type { Rendering } from './rendered-page.js';

const MAX_QUESTION = 10_000;

/** `POST /render {"url"}` with the token: the page, or why there is none. `GET /healthz` for whoever watches the process. */
export function createRenderServer(browser: Pick<RenderBrowser, 'render'>, token: string): Server {
  let showing = false;
  const render = async (url: string): Promise<Rendering> => {
    // one page at a time; who asks meanwhile comes again later, for links are watched for months
    if (showing) return { kind: 'failed', reason: 'busy' };
    showing = true;
    try {
      return await browser.render(url);
    } catch {
      return { kind: 'failed', reason: 'broken' };
    } finally {
      showing = false;
    }
  };
  return createServer((request, response) => {
    answer(request, response, { token, render }).catch(() => response.destroy());
  });
}

interface Means {
  readonly token: string;
  readonly render: (url: string) => Promise<Rendering>;
}

async function answer(request: IncomingMessage, response: ServerResponse, { token, render }: Means): Promise<void> {
  if (request.method === 'GET' && request.url === '/healthz') {
    end(response, 200, { status: 'ok' });
    return;
  }
  if (request.method !== 'POST' || request.url !== '/render') {
    end(response, 404, {});
    return;
  }
  if (!same(request.headers.authorization ?? '', `Bearer ${token}`)) {
    end(response, 401, {});
    return;
  }
  const url = await urlOf(request);
  if (url === undefined) {
    end(response, 400, {});
    return;
  }
  end(response, 200, await render(url));
}

async function urlOf(request: IncomingMessage): Promise<string | undefined> {
  if (!(Number(request.headers['content-length']) <= MAX_QUESTION)) return undefined;
  try {
    const { url } = JSON.parse(await text(request)) as { readonly url?: unknown };
    const parsed = typeof url === 'string' ? URL.parse(url) : null;
    return parsed?.protocol === 'http:' || parsed?.protocol === 'https:' ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function same(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
