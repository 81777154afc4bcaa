import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { headerOf } from './misbehaving-smtp.js';

export interface ImapServerOptions {
  /** Asked for at LOGIN. */
  readonly password?: string;
  /** Which tokens AUTHENTICATE XOAUTH2 takes. */
  readonly takesToken?: (user: string, token: string) => boolean;
  /** Without a folder for sent mails. */
  readonly noSentFolder?: boolean;
}

/** An IMAP server on loopback with one folder of sent mails, as far as a client of RFC 3501 needs it to look for a mail and to add one. */
export class ImapServer {
  /** What the folder holds, whole mails. */
  readonly sent: string[] = [];
  /** Every command line of every connection. */
  readonly commands: string[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly options: ImapServerOptions,
  ) {}

  static async start(options: ImapServerOptions = {}): Promise<ImapServer> {
    const server = createServer();
    const imap = new ImapServer(server, options);
    server.on('connection', (socket) => {
      imap.sockets.add(socket);
      socket.on('close', () => imap.sockets.delete(socket));
      socket.on('error', () => undefined);
      const session = new Session(socket, imap);
      socket.on('data', (chunk) => {
        session.take(chunk.toString('latin1'));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return imap;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) =>
      this.server.close(() => {
        resolve();
      }),
    );
  }
}

class Session {
  private input = '';
  /** The command line of a literal that is still coming. */
  private literalFor: { readonly line: string; readonly bytes: number } | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly server: ImapServer,
  ) {
    this.say('* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2 SPECIAL-USE] ready');
  }

  take(text: string): void {
    this.input += text;
    while (this.literalFor ? this.takeLiteral() : this.takeLine());
  }

  private takeLine(): boolean {
    const end = this.input.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.input.slice(0, end);
    this.input = this.input.slice(end + 2);
    const literal = /\{(\d+)(\+?)\}$/.exec(line);
    if (literal) {
      this.literalFor = { line, bytes: Number(literal[1]) };
      if (literal[2] === '') this.say('+ go on');
    } else if (line !== '') {
      this.server.commands.push(line);
      this.answer(line);
    }
    return true;
  }

  private takeLiteral(): boolean {
    const { line, bytes } = this.literalFor ?? { line: '', bytes: 0 };
    if (this.input.length < bytes) return false;
    this.server.commands.push(line);
    this.server.sent.push(this.input.slice(0, bytes));
    this.input = this.input.slice(bytes);
    this.literalFor = undefined;
    this.say(`${line.split(' ')[0]} OK appended`);
    return true;
  }

  private answer(line: string): void {
    const [tag = '', verb = '', ...rest] = line.split(' ');
    const command = verb.toUpperCase() === 'UID' ? `UID ${rest[0]?.toUpperCase()}` : verb.toUpperCase();
    const refusal = this.perform(command, line, rest);
    this.say(refusal === undefined ? `${tag} OK done` : `${tag} ${refusal}`);
    if (command === 'LOGOUT') this.socket.end();
  }

  /** @returns undefined when it was done */
  private perform(command: string, line: string, rest: readonly string[]): string | undefined {
    if (command === 'LOGIN') return this.byPassword(line);
    if (command === 'AUTHENTICATE') return this.byToken(rest[1] ?? '');
    const answers: Readonly<Record<string, () => void>> = {
      CAPABILITY: () => {
        this.say('* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2 SPECIAL-USE');
      },
      LIST: () => {
        this.list(command, rest);
      },
      SELECT: () => {
        this.open();
      },
      EXAMINE: () => {
        this.open();
      },
      'UID SEARCH': () => {
        this.search(line);
      },
      'UID FETCH': () => {
        for (const uid of uidsOf(rest[1] ?? '', this.server.sent.length)) this.fetch(uid);
      },
      LOGOUT: () => {
        this.say('* BYE');
      },
      ...{ NOOP: () => undefined, CLOSE: () => undefined, UNSELECT: () => undefined },
    };
    const answer = answers[command];
    answer?.();
    return answer ? undefined : 'BAD what?';
  }

  private byPassword(line: string): string | undefined {
    const { password } = this.server.options;
    return password !== undefined && line.replaceAll('"', '').endsWith(` ${password}`) ? undefined : 'NO wrong user or password';
  }

  private open(): void {
    const count = this.server.sent.length;
    this.say(`* ${count} EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT ${count + 1}] ok\r\n* FLAGS (\\Seen)`);
  }

  private byToken(response: string): string | undefined {
    const [user = '', token = ''] = Buffer.from(response, 'base64')
      .toString()
      .split('\u0001')
      .map((part) => part.replace(/^user=|^auth=Bearer /, ''));
    return this.server.options.takesToken?.(user, token) ? undefined : 'NO [AUTHENTICATIONFAILED] the token is not valid';
  }

  private list(command: string, rest: readonly string[]): void {
    if (rest[1] === '""') {
      this.say('* LIST (\\Noselect) "/" ""');
      return;
    }
    this.say(`* ${command} () "/" INBOX`);
    if (!this.server.options.noSentFolder) this.say(`* ${command} (\\Sent) "/" "Sent Items"`);
  }

  /** As servers do: a part of the header is enough. */
  private search(line: string): void {
    const byId = /HEADER/i.test(line);
    const wanted = /HEADER\s+"?message-id"?\s+"?([^"\s]+)"?/i.exec(line)?.[1] ?? '-';
    const hits = this.server.sent.flatMap((raw, at) => (!byId || idOf(raw).includes(wanted) ? [at + 1] : []));
    this.say(['* SEARCH', ...hits].join(' '));
  }

  private fetch(uid: number): void {
    const raw = this.server.sent[uid - 1];
    if (raw !== undefined)
      this.say(
        `* ${uid} FETCH (UID ${uid} ENVELOPE ("${fieldOf(raw, 'date')}" "${fieldOf(raw, 'subject')}" NIL NIL NIL NIL NIL NIL NIL "${idOf(raw)}"))`,
      );
  }

  private say(line: string): void {
    if (!this.socket.destroyed) this.socket.write(`${line}\r\n`);
  }
}

/** `2,4:6`, as far as there are so many. */
function uidsOf(set: string, last: number): number[] {
  return set.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split(':').map((end) => (end === '*' ? last : Number(end)));
    return Array.from({ length: Math.max(0, Math.min(to, last) - from + 1) }, (_, at) => from + at);
  });
}

function fieldOf(raw: string, name: string): string {
  return (new RegExp(`^${name}:[ ]*([^\\r\\n]*)`, 'im').exec(headerOf(raw))?.[1] ?? '').replaceAll('"', '');
}

function idOf(raw: string): string {
  return /^message-id:\s*(<[^>]*>)/im.exec(headerOf(raw))?.[1] ?? '';
}
