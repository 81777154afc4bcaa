import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * What the sink does to a mail, named as the recipient's local part begins (`dropack+7@…`), so one run mixes them all:
 *
 * - `ok` stores and acknowledges; `droponce` is a `dropack` for the first try of that recipient, then `ok`
 * - `slowack` stores, and acknowledges when the test calls `acknowledge()`
 * - `dropack` stores, then closes the connection without an answer (RFC 1047)
 * - `dropdata` closes in the middle of the message, `dropenvelope` before DATA is answered: neither stores
 * - `data421`, `data451`, `data554` refuse after the final dot; `rcpt421`, `rcpt450`, `rcpt550` at RCPT; `from550` at MAIL
 */
export const SINK_BEHAVIOURS = [
  ...['ok', 'droponce', 'slowack', 'dropack', 'dropdata', 'dropenvelope'],
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
  /** Say this in place of the greeting, then close. */
  readonly greeting?: string;
  /** Name the recipient when refusing them, as most servers do. */
  readonly namesRecipient?: boolean;
  /** Use this behaviour for every recipient. */
  readonly behaviour?: string;
  /** Other words for a behaviour that refuses. */
  readonly refusals?: Readonly<Record<string, string>>;
}

const REFUSALS: Readonly<Record<string, string>> = {
  data421: '421 4.3.2 shutting down',
  data451: '451 4.3.0 try again in 5 minutes',
  data554: '554 5.7.1 refused by policy',
  rcpt421: '421 4.3.2 shutting down',
  rcpt450: '450 4.2.0 greylisted',
  rcpt550: '550 5.1.1 user unknown',
  from550: '550 5.1.8 sender refused',
};

/** An SMTP server on loopback that breaks the rules on request, and remembers exactly what it took. */
export class MisbehavingSmtp {
  readonly stored: StoredMail[] = [];
  /** Every command line of every connection, in order of arrival. */
  readonly commands: string[] = [];
  connections = 0;
  private readonly tries = new Map<string, number>();
  private readonly sockets = new Set<Socket>();
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
    if (name !== 'droponce') return name;
    return this.tries.get(recipient) === undefined ? 'dropack' : 'ok';
  }

  store(mail: Omit<StoredMail, 'messageId'>): void {
    const messageId = /^message-id:\s*<([^>]*)>/im.exec(headerOf(mail.raw))?.[1] ?? '';
    for (const recipient of mail.rcpt) this.tries.set(recipient, (this.tries.get(recipient) ?? 0) + 1);
    this.stored.push({ ...mail, messageId });
    for (const waiter of this.waiting.filter(({ count }) => this.stored.length >= count)) waiter.resolve();
    this.waiting = this.waiting.filter(({ count }) => this.stored.length < count);
  }

  hold(answer: () => void): void {
    this.held.push(answer);
  }

  private accept(socket: Socket): void {
    this.connections += 1;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined);
    const session = new Session(socket, this);
    socket.on('data', (chunk) => {
      session.take(chunk.toString('latin1'));
    });
    session.greet();
  }
}

/** The header block of a stored mail, folded lines joined. */
export function headerOf(raw: string): string {
  return (raw.split('\r\n\r\n')[0] ?? '').replace(/\r\n[ \t]+/g, ' ');
}

class Session {
  private input = '';
  private inData = false;
  private from = '';
  private rcpt: string[] = [];

  constructor(
    private readonly socket: Socket,
    private readonly sink: MisbehavingSmtp,
  ) {}

  greet(): void {
    const { greeting } = this.sink.options;
    if (greeting === undefined) this.say('220 sink.example ESMTP');
    else this.leave(greeting);
  }

  take(text: string): void {
    this.input += text;
    while (!this.socket.destroyed && (this.inData ? this.takeMessage() : this.takeLine()));
  }

  private takeLine(): boolean {
    const end = this.input.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.input.slice(0, end);
    this.input = this.input.slice(end + 2);
    this.sink.commands.push(line);
    this.answer(line);
    return true;
  }

  private answer(line: string): void {
    switch (line.slice(0, 4).toUpperCase()) {
      case 'EHLO':
        this.hello();
        break;
      case 'AUTH':
        this.login(line);
        break;
      case 'MAIL':
        this.mailFrom(line);
        break;
      case 'RCPT':
        this.rcptTo(line);
        break;
      case 'DATA':
        this.data();
        break;
      case 'RSET':
        this.say('250 2.0.0 ok');
        break;
      case 'QUIT':
        this.leave('221 2.0.0 bye');
        break;
      default:
        this.say('502 5.5.2 not implemented');
    }
  }

  private hello(): void {
    const { pipelining, password } = this.sink.options;
    const extensions = ['8BITMIME', ...(pipelining ? ['PIPELINING'] : []), ...(password === undefined ? [] : ['AUTH PLAIN']), 'SIZE 50000000'];
    this.say(['250-sink.example', ...extensions.slice(0, -1).map((name) => `250-${name}`), `250 ${extensions.at(-1)}`].join('\r\n'));
  }

  private login(line: string): void {
    const password = Buffer.from(line.split(' ')[2] ?? '', 'base64')
      .toString()
      .split('\0')[2];
    this.say(password === this.sink.options.password ? '235 2.7.0 ok' : '535 5.7.8 wrong user or password');
  }

  private mailFrom(line: string): void {
    this.from = addressIn(line);
    this.rcpt = [];
    if (this.sink.options.behaviour === 'from550') this.say(this.refusalOf('from550'));
    else this.say('250 2.1.0 ok');
  }

  private rcptTo(line: string): void {
    const recipient = addressIn(line);
    const behaviour = this.sink.behaviourFor(recipient);
    if (behaviour === 'dropenvelope') {
      this.socket.destroy();
    } else if (behaviour === 'rcpt421') {
      this.leave(this.refusalOf(behaviour));
    } else if (behaviour.startsWith('rcpt')) {
      this.say(`${this.refusalOf(behaviour)}${this.sink.options.namesRecipient ? `: <${recipient}>` : ''}`);
    } else {
      this.rcpt.push(recipient);
      this.say('250 2.1.5 ok');
    }
  }

  private data(): void {
    this.inData = this.rcpt.length > 0;
    this.say(this.inData ? '354 go on' : '503 5.5.1 no recipient');
  }

  /** Once DATA is open the first bytes decide whether the connection lives to the final dot. */
  private takeMessage(): boolean {
    const behaviour = this.sink.behaviourFor(this.rcpt[0] ?? '');
    if (behaviour === 'dropdata' && this.input.length > 0) this.socket.destroy();
    const text = `\r\n${this.input}`;
    const end = text.indexOf('\r\n.\r\n');
    if (end < 0 || this.socket.destroyed) return false;
    this.inData = false;
    this.input = text.slice(end + 5);
    this.finish(text.slice(2, end + 2).replace(/^\./gm, ''), behaviour);
    return true;
  }

  private finish(raw: string, behaviour: string): void {
    if (behaviour === 'data421') {
      this.leave(this.refusalOf(behaviour));
      return;
    }
    if (behaviour.startsWith('data')) {
      this.say(this.refusalOf(behaviour));
      return;
    }
    const acknowledge = (): void => {
      this.say('250 2.0.0 queued');
    };
    this.sink.store({ from: this.from, rcpt: [...this.rcpt], raw });
    if (behaviour === 'dropack') this.socket.destroy();
    else if (behaviour === 'slowack') this.sink.hold(acknowledge);
    else acknowledge();
  }

  private refusalOf(behaviour: string): string {
    return this.sink.options.refusals?.[behaviour] ?? REFUSALS[behaviour] ?? '502 5.5.1 no such behaviour';
  }

  private say(line: string): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.from(`${line}\r\n`));
  }

  private leave(line: string): void {
    this.say(line);
    this.socket.end();
  }
}

function addressIn(line: string): string {
  return /<(.*)>/.exec(line)?.[1] ?? line;
}
