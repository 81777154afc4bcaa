import { once } from 'node:events';
import { createServer, request as forward, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pinned } from '../web-fetch/net/guarded-connector.js';
import type { TargetGate } from '../web-fetch/net/target-gate.js';
import type { PageBudget } from './page-budget.js';

const CONNECT_TIMEOUT_MS = 10_000;
/** Of one connection only (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = ['connection', 'proxy-connection', 'proxy-authorization', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

interface Target {
  readonly host: string;
  readonly port: number;
}

/** A page under way: its limits, and the one answer that each of its names was given. */
interface Visit {
  readonly budget: PageBudget;
  readonly names: Map<string, Promise<readonly string[]>>;
}

/**
 * The browser's only way out. A browser resolves names itself and asks again when it likes; here each name of a page is resolved
 * once, all answers are checked, and every connection goes to those very addresses. Between pages nothing gets through.
 */
export class PinningProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Duplex>();
  private visit: Visit | undefined;
  private port = 0;

  constructor(private readonly gate: TargetGate) {
    this.server = createServer((request, response) => void this.pass(request, response));
    this.server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => void this.tunnel(request, socket, head));
    this.server.on('connection', (socket: Socket) => {
      this.keep(socket);
    });
  }

  /** @returns the port on 127.0.0.1 */
  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    return this.port;
  }

  open(budget: PageBudget): void {
    this.visit = { budget, names: new Map() };
  }

  /** Cuts all that the page still has open. */
  shut(): void {
    this.visit = undefined;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.shut();
    this.server.close();
    await once(this.server, 'close');
  }

  /** `CONNECT host:port`: TLS and WebSockets. */
  private async tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const target = targetOf(`tunnel://${request.url ?? ''}`);
    const { visit } = this;
    const addresses = target && visit ? await this.admit(visit, target) : undefined;
    if (!target || !visit || !addresses || socket.destroyed) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const server = connect({ host: target.host, port: target.port, lookup: pinned(addresses) });
    this.keep(server);
    server.setTimeout(CONNECT_TIMEOUT_MS, () => server.destroy());
    server.once('connect', () => {
      server.setTimeout(0);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.write(head);
      server.on('data', (chunk: Buffer) => {
        this.spend(visit, chunk);
      });
      server.pipe(socket).pipe(server);
    });
    server.once('close', () => socket.destroy());
    socket.once('close', () => server.destroy());
  }

  /** `GET http://…`. A refusal breaks the connection: an answer of ours would pass for the page's own. */
  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '');
    const target = url?.protocol === 'http:' ? targetOf(url.href) : undefined;
    const { visit } = this;
    const addresses = target && visit ? await this.admit(visit, target) : undefined;
    if (!url || !target || !visit || !addresses) {
      request.socket.destroy();
      return;
    }
    const { method } = request;
    const headers = { ...withoutHop(request.headers), host: url.host };
    const path = url.pathname + url.search;
    const asked = forward({ ...target, path, method, headers, lookup: pinned(addresses), agent: false, timeout: CONNECT_TIMEOUT_MS });
    asked.once('socket', (socket) => {
      this.keep(socket);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => request.socket.destroy());
    asked.once('response', (answer) => {
      answer.on('data', (chunk: Buffer) => {
        this.spend(visit, chunk);
      });
      answer.once('error', () => request.socket.destroy());
      response.writeHead(answer.statusCode ?? 502, withoutHop(answer.headers));
      answer.pipe(response);
    });
    request.pipe(asked);
  }

  /** @returns the addresses to connect to; nothing for what may not be reached */
  private async admit({ budget, names }: Visit, { host, port }: Target): Promise<readonly string[] | undefined> {
    // not into itself, when loopback is open
    if (port === this.port || !budget.connect()) return undefined;
    const key = `${host}:${port}`;
    const found = names.get(key) ?? this.gate.permittedAddresses(host, port);
    names.set(key, found);
    try {
      return await found;
    } catch {
      return undefined;
    }
  }

  private spend({ budget }: Visit, chunk: Buffer): void {
    if (!budget.spend(chunk.length)) this.shut();
  }

  private keep(socket: Duplex): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.sockets.delete(socket));
  }
}

function targetOf(url: string): Target | undefined {
  const parsed = URL.parse(url);
  if (!parsed || parsed.hostname === '' || parsed.username !== '') return undefined;
  const port = parsed.port === '' ? (parsed.protocol === 'http:' ? 80 : NaN) : Number(parsed.port);
  return Number.isNaN(port) ? undefined : { host: parsed.hostname.replace(/^\[|\]$/g, ''), port };
}

function withoutHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}
