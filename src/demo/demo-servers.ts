import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';

const LOOPBACK = '127.0.0.1';

/** A mail as the demo's mail server got it. */
export interface CaughtMail {
  readonly to: string;
  readonly raw: string;
  /** Unfolded, lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
}

/** A real SMTP server that keeps what it is given. */
export class MailCatcher {
  private constructor(
    private readonly server: SMTPServer,
    readonly port: number,
    readonly mails: readonly CaughtMail[],
  ) {}

  static async start(): Promise<MailCatcher> {
    const caught: CaughtMail[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      hideSize: true,
      disableReverseLookup: true,
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const raw = Buffer.concat(chunks).toString('utf8');
          for (const { address } of session.envelope.rcptTo) caught.push({ to: address, raw, headers: headersOf(raw) });
          done();
        });
      },
    });
    server.on('error', () => undefined); // a client that hangs up is its own business
    await new Promise<void>((resolve) => {
      server.listen(0, LOOPBACK, () => {
        resolve();
      });
    });
    return new MailCatcher(server, portOf(server.server as Server), caught);
  }

  to(address: string): CaughtMail[] {
    return this.mails.filter((mail) => mail.to === address);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }
}

function headersOf(raw: string): Map<string, string> {
  const [head = ''] = raw.split('\r\n\r\n', 1);
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
}

/** A prospect's website: pages that the demo writes. */
export class Website {
  private readonly pages = new Map<string, string>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(title: string): Promise<Website> {
    const server = createServer((request, response) => {
      const page = site.pages.get(new URL(request.url ?? '/', site.url).pathname);
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(page ?? '<!doctype html><title>Not found</title><h1>Not found</h1>');
    });
    await listen(server);
    const site = new Website(server, `http://${LOOPBACK}:${portOf(server)}`);
    site.publish('/', `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1><p>Notes on tea.</p></html>`);
    return site;
  }

  publish(path: string, html: string): void {
    this.pages.set(path, html);
  }

  stop(): Promise<void> {
    return close(this.server);
  }
}

/** A webhook as it arrived; only kept when its signature is right. */
export interface ReceivedWebhook {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

/** A receiver as any other system would have it: verifies with the Standard Webhooks library, answers 204 or 400. */
export class WebhookReceiver {
  readonly received: ReceivedWebhook[] = [];
  badSignatures = 0;
  private verifier: Webhook | undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<WebhookReceiver> {
    const server = createServer((request, response) => {
      void receiver.receive(request).then((good) => {
        response.writeHead(good ? 204 : 400).end();
      });
    });
    await listen(server);
    const receiver = new WebhookReceiver(server, `http://${LOOPBACK}:${portOf(server)}/hooks`);
    return receiver;
  }

  trust(secret: string): void {
    this.verifier = new Webhook(secret);
  }

  stop(): Promise<void> {
    return close(this.server);
  }

  private async receive(request: IncomingMessage): Promise<boolean> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    try {
      if (!this.verifier) return false;
      const event = this.verifier.verify(Buffer.concat(chunks).toString('utf8'), request.headers as Record<string, string>) as ReceivedWebhook; // verified, so ours
      this.received.push(event);
      return true;
    } catch {
      this.badSignatures += 1;
      return false;
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await listen(server);
  const port = portOf(server);
  await close(server);
  return port;
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, LOOPBACK, () => {
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
