import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SmtpSession } from './smtp-session.js';

/**
 * What the sink does to a mail, named as the recipient's local part begins (`dropack+7@…`), so one run mixes them all:
 *
 * - `ok` stores and acknowledges; `droponce` is a `dropack` for the first try of that recipient, then `ok`
 * - `slowack` stores, and acknowledges when the test calls `acknowledge()`, or after `slowMs`
 * - `multi` stores, and acknowledges in three lines that are not all English; `flaky` is a `data451` twice, then `ok`
 * - `tarpit` stores, and never answers
 * - `dropack` stores, then closes the connection without an answer (RFC 1047)
 * - `dropdata` closes in the middle of the message, `dropenvelope` before DATA is answered: neither stores
 * - `data421`, `data451`, `data554` refuse after the final dot; `rcpt421`, `rcpt450`, `rcpt550` at RCPT; `from550` at MAIL, also by the sender's local part
 */
export const SINK_BEHAVIOURS = [
  ...['ok', 'multi', 'flaky', 'droponce', 'slowack', 'tarpit', 'dropack', 'dropdata', 'dropenvelope'],
  ...['data421', 'data451', 'data554', 'rcpt421', 'rcpt450', 'rcpt550', 'from550'],
] as const;

export interface StoredMail {
  readonly from: string;
  readonly rcpt: readonly string[];
  /** The message without dot-stuffing, one character a byte. */
  readonly raw: string;
  /** Without brackets. */
  readonly messageId: string;
}

export interface SinkOptions {
  /** Advertise PIPELINING: the envelope and DATA arrive at once. */
  readonly pipelining?: boolean;
  /** Ask for AUTH PLAIN with this password. */
  readonly password?: string;
  /** Ask for AUTH XOAUTH2, with tokens that this takes. */
  readonly takesToken?: (user: string, token: string) => boolean;
  /** How long `slowack` takes; absent, until the test calls `acknowledge()`. */
  readonly slowMs?: number;
  /** How long it takes to say its greeting. */
  readonly greetMs?: number;
  /** Say this in place of the greeting, then close. */
  readonly greeting?: string;
  /** Name the recipient when refusing them, as most servers do. */
  readonly namesRecipient?: boolean;
  /** Use this behaviour for every recipient. */
  readonly behaviour?: string;
  /** Other words for a behaviour that refuses. */
  readonly refusals?: Readonly<Record<string, string>>;
}

/** An SMTP server on loopback that breaks the rules on request, and remembers exactly what it took. */
export class MisbehavingSmtp {
  readonly stored: StoredMail[] = [];
  /** Every command line of every connection, in order of arrival. */
  readonly commands: string[] = [];
  connections = 0;
  private readonly tries = new Map<string, number>();
  private readonly refusals = new Map<string, number>();
  private readonly sockets = new Set<Socket>();
  private readonly sessions = new Set<SmtpSession>();
  private held: (() => void)[] = [];
  private waiting: { count: number; resolve: () => void }[] = [];

  private constructor(
    private readonly server: Server,
    readonly options: SinkOptions,
  ) {}

  static async start(options: SinkOptions = {}): Promise<MisbehavingSmtp> {
    const server = createServer();
    const sink = new MisbehavingSmtp(server, options);
    server.on('connection', (socket) => {
      sink.accept(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Recipients of mails that somebody is handing over at this moment and that have had no last answer yet. */
  get underWay(): readonly string[] {
    return [...this.sessions].flatMap((session) => session.underWay);
  }

  /** Resolves as soon as this many mails are stored in all. */
  whenStored(count: number): Promise<void> {
    if (this.stored.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ count, resolve }));
  }

  /** Answers every mail that `slowack` holds back. */
  acknowledge(): void {
    for (const answer of this.held.splice(0)) answer();
  }

  /** Closes every open connection from this side, and resolves when the last is gone. */
  async closeConnections(): Promise<void> {
    await Promise.all(
      [...this.sockets].map(
        (socket) =>
          new Promise<void>((resolve) => {
            socket
              .once('close', () => {
                resolve();
              })
              .destroySoon();
          }),
      ),
    );
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) =>
      this.server.close(() => {
        resolve();
      }),
    );
  }

  behaviourFor(recipient: string): string {
    const name = this.options.behaviour ?? /^[a-z]+(?:4\d\d|5\d\d)?/.exec(recipient)?.[0] ?? 'ok';
    if (name === 'droponce') return this.tries.get(recipient) === undefined ? 'dropack' : 'ok';
    if (name === 'flaky') return (this.refusals.get(recipient) ?? 0) < 2 ? 'data451' : 'ok';
    return name;
  }

  /** Counts a refusal of the message itself. */
  refused(recipients: readonly string[]): void {
    for (const recipient of recipients) this.refusals.set(recipient, (this.refusals.get(recipient) ?? 0) + 1);
  }

  store(mail: Omit<StoredMail, 'messageId'>): void {
    const messageId = /^message-id:\s*<([^>]*)>/im.exec(headerOf(mail.raw))?.[1] ?? '';
    for (const recipient of mail.rcpt) this.tries.set(recipient, (this.tries.get(recipient) ?? 0) + 1);
    this.stored.push({ ...mail, messageId });
    for (const waiter of this.waiting.filter(({ count }) => this.stored.length >= count)) waiter.resolve();
    this.waiting = this.waiting.filter(({ count }) => this.stored.length < count);
  }

  hold(answer: () => void): void {
    if (this.options.slowMs === undefined) this.held.push(answer);
    else setTimeout(answer, this.options.slowMs).unref();
  }

  private accept(socket: Socket): void {
    this.connections += 1;
    this.sockets.add(socket);
    const session = new SmtpSession(socket, this);
    this.sessions.add(session);
    socket.on('close', () => {
      this.sockets.delete(socket);
      this.sessions.delete(session);
    });
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      session.take(chunk.toString('latin1'));
    });
    if (this.options.greetMs === undefined) session.greet();
    else
      setTimeout(() => {
        session.greet();
      }, this.options.greetMs).unref();
  }
}

/** The header block of a stored mail, folded lines joined. */
export function headerOf(raw: string): string {
  return (raw.split('\r\n\r\n')[0] ?? '').replace(/\r\n[ \t]+/g, ' ');
}
