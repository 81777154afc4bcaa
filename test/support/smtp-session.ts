import type { Socket } from 'node:net';
import type { MisbehavingSmtp } from './misbehaving-smtp.js';

const REFUSALS: Readonly<Record<string, string>> = {
  data421: '421 4.3.2 shutting down',
  data451: '451 4.3.0 try again in 5 minutes',
  data554: '554 5.7.1 refused by policy',
  rcpt421: '421 4.3.2 shutting down',
  rcpt450: '450 4.2.0 greylisted',
  rcpt550: '550 5.1.1 user unknown',
  from550: '550 5.1.8 sender refused',
};

const QUEUED_IN_THREE_LINES = '250-2.0.0 línea uno\r\n250-2.0.0 deuxième\r\n250 2.0.0 queued';

/** One connection to the sink. */
export class SmtpSession {
  private input = '';
  private inData = false;
  private refusedToken = false;
  private from = '';
  private rcpt: string[] = [];
  /** See MisbehavingSmtp. */
  underWay: readonly string[] = [];

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
    if (this.refusedToken) {
      this.refusedToken = false;
      this.say('535 5.7.8 Username and Password not accepted');
      return;
    }
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
    const { pipelining, password, takesToken } = this.sink.options;
    const logins = [...(password === undefined ? [] : ['PLAIN']), ...(takesToken ? ['XOAUTH2'] : [])];
    const extensions = [
      '8BITMIME',
      ...(pipelining ? ['PIPELINING'] : []),
      ...(logins.length > 0 ? [`AUTH ${logins.join(' ')}`] : []),
      'SIZE 50000000',
    ];
    this.say(['250-sink.example', ...extensions.slice(0, -1).map((name) => `250-${name}`), `250 ${extensions.at(-1)}`].join('\r\n'));
  }

  private login(line: string): void {
    if (line.startsWith('AUTH XOAUTH2 ')) {
      this.byToken(line.split(' ')[2] ?? '');
      return;
    }
    const password = Buffer.from(line.split(' ')[2] ?? '', 'base64')
      .toString()
      .split('\0')[2];
    this.say(password === this.sink.options.password ? '235 2.7.0 ok' : '535 5.7.8 wrong user or password');
  }

  /** A refusal comes as a challenge first, which the client answers with an empty line. */
  private byToken(response: string): void {
    const [user = '', token = ''] = Buffer.from(response, 'base64')
      .toString()
      .split('\u0001')
      .map((part) => part.replace(/^user=|^auth=Bearer /, ''));
    this.refusedToken = !this.sink.options.takesToken?.(user, token);
    this.say(this.refusedToken ? `334 ${Buffer.from('{"status":"400"}').toString('base64')}` : '235 2.7.0 ok');
  }

  private mailFrom(line: string): void {
    this.from = addressIn(line);
    this.rcpt = [];
    this.underWay = [];
    if (this.sink.options.behaviour === 'from550' || this.from.startsWith('from550')) this.say(this.refusalOf('from550'));
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
      this.underWay = this.rcpt;
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
    if (behaviour.startsWith('data')) {
      this.sink.refused(this.rcpt);
      this.underWay = [];
      if (behaviour === 'data421') this.leave(this.refusalOf(behaviour));
      else this.say(this.refusalOf(behaviour));
      return;
    }
    const acknowledge = (): void => {
      this.underWay = [];
      this.say(behaviour === 'multi' ? QUEUED_IN_THREE_LINES : '250 2.0.0 queued');
    };
    this.sink.store({ from: this.from, rcpt: [...this.rcpt], raw });
    if (behaviour === 'dropack') this.socket.destroy();
    else if (behaviour === 'slowack') this.sink.hold(acknowledge);
    else if (behaviour !== 'tarpit') acknowledge();
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
