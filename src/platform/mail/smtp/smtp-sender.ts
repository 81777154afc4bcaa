import { Readable } from 'node:stream';
import { createTransport, type SendMailOptions, type SMTPPoolOptions } from 'nodemailer';
import type { ComposedMail } from '../compose/compose.js';
import { connectPinned, type ResolveMailHost } from './pinned-socket.js';
import { outcomeOfFailure, type SendOutcome } from './send-outcome.js';

export interface SmtpAccount {
  /** Of the mailbox: connections are kept per id. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte, `starttls` or nothing at all, `none` without encryption. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user?: string | null | undefined;
  readonly password?: string | null | undefined;
  /** In place of a password, of an account at a provider (XOAUTH2). */
  readonly accessToken?: string | undefined;
  /** Name given in EHLO; the machine's own name is nobody's business. Usually the domain of the sender. */
  readonly clientName: string;
}

export interface SmtpSenderOptions {
  readonly resolve: ResolveMailHost;
  readonly timeoutsMs?: Partial<SmtpTimeouts>;
  readonly connectionsPerMailbox?: number;
  /** Certificates to trust beside the usual ones, in PEM. */
  readonly trustedCertificates?: readonly string[];
}

interface SmtpTimeouts {
  /** From the look-up of the name to the connection. */
  readonly connection: number;
  /** From there to the greeting. */
  readonly greeting: number;
  /** Silence of the server at any other point, the final dot included. */
  readonly socket: number;
  /** A kept connection is given up before the server does it in the middle of a mail. */
  readonly idle: number;
}
/**
 * As RFC 5321 section 4.5.3.2 asks: a server that takes minutes over the final dot has mostly taken the mail, and giving up
 * makes its fate unknown. A server that hangs once ends within the lease of a mail on the wire.
 */
const TIMEOUTS_MS: SmtpTimeouts = { connection: 30_000, greeting: 300_000, socket: 600_000, idle: 30_000 };
/** While a person waits for the result. */
const CHECK_TIMEOUTS_MS: Partial<SmtpTimeouts> = { connection: 15_000, greeting: 45_000, socket: 45_000 };

/** Idle pools beyond this number are closed, the least used first. */
const POOLS_AT_MOST = 200;

export interface SendHooks {
  /** Called once, right before the first byte of the message leaves. */
  readonly onDataBegun?: () => void;
}

export type SmtpCheck = { readonly ok: true } | { readonly ok: false; readonly detail: string; readonly loginRefused: boolean };

interface StreamedMail extends SendMailOptions {
  readonly whole: Buffer;
  readonly onFirstRead: () => void;
}

interface MailboxPool {
  readonly fingerprint: string;
  readonly transport: PoolTransport;
  readonly inFlight: Set<Promise<unknown>>;
}
type PoolTransport = ReturnType<typeof createPool>;

/**
 * Hands mails to SMTP servers over kept connections, one pool a mailbox. Each call is one attempt: nothing is ever
 * sent a second time in here.
 */
export class SmtpSender {
  private readonly pools = new Map<string, MailboxPool>();
  private closed = false;

  constructor(private readonly options: SmtpSenderOptions) {}

  /** Never rejects: whatever happens is an outcome. */
  async send(account: SmtpAccount, mail: ComposedMail, hooks: SendHooks = {}): Promise<SendOutcome> {
    if (this.closed) return { kind: 'not_begun', detail: 'the sender is shutting down' };
    const pool = this.poolFor(account);
    const attempt = this.attempt(pool.transport, mail, hooks);
    pool.inFlight.add(attempt);
    try {
      return await attempt;
    } finally {
      pool.inFlight.delete(attempt);
    }
  }

  /** Connects, encrypts and logs in as a mail would, and says goodbye. */
  async verify(account: SmtpAccount): Promise<SmtpCheck> {
    const transport = createPool(account, { ...this.options, timeoutsMs: { ...CHECK_TIMEOUTS_MS, ...this.options.timeoutsMs } });
    try {
      await transport.verify();
      return { ok: true };
    } catch (error) {
      const loginRefused = error instanceof Error && 'code' in error && error.code === 'EAUTH';
      const detail = error instanceof Error ? error.message.replace(/\p{Cc}+/gu, ' ').slice(0, 300) : 'no connection';
      return { ok: false, detail, loginRefused };
    } finally {
      transport.close();
    }
  }

  /** Takes no more mails, waits for those under way, then closes every connection. */
  async close(): Promise<void> {
    this.closed = true;
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.flatMap((pool) => [...pool.inFlight]));
    for (const pool of pools) pool.transport.close();
  }

  private async attempt(transport: PoolTransport, mail: ComposedMail, hooks: SendHooks): Promise<SendOutcome> {
    let dataBegan = false;
    const onFirstRead = (): void => {
      dataBegan = true;
      hooks.onDataBegun?.();
    };
    try {
      const message: StreamedMail = { envelope: mail.envelope, raw: '', whole: mail.raw, onFirstRead };
      const sent = await transport.sendMail(message);
      return { kind: 'sent', response: sent.response, ...(sent.serverMessageId !== undefined && { transportId: sent.serverMessageId }) };
    } catch (error) {
      return outcomeOfFailure(error, dataBegan);
    }
  }

  private poolFor(account: SmtpAccount): MailboxPool {
    const fingerprint = JSON.stringify([
      account.host,
      account.port,
      account.security,
      account.user,
      account.password,
      account.accessToken,
      account.clientName,
    ]);
    const known = this.pools.get(account.id);
    const pool =
      known?.fingerprint === fingerprint
        ? known
        : { fingerprint, transport: createPool(account, this.options), inFlight: new Set<Promise<unknown>>() };
    if (known && known !== pool) known.transport.close(); // settings changed; a mail under way still ends
    this.pools.delete(account.id);
    this.pools.set(account.id, pool); // last in the Map: used last
    if (this.pools.size > POOLS_AT_MOST) this.closeOneIdlePool();
    return pool;
  }

  private closeOneIdlePool(): void {
    for (const [id, pool] of this.pools) {
      if (pool.inFlight.size > 0) continue;
      this.pools.delete(id);
      pool.transport.close();
      return;
    }
  }
}

function authOf({ user, password, accessToken }: SmtpAccount): Pick<SMTPPoolOptions, 'auth' | 'customAuth'> {
  if (!user) return {};
  if (accessToken === undefined) return { auth: { user, pass: password ?? '' } };
  return { auth: { type: 'custom', method: 'XOAUTH2', user, pass: accessToken }, customAuth: { XOAUTH2: byToken } };
}

type AuthContext = Parameters<NonNullable<SMTPPoolOptions['customAuth']>[string]>[0];

/** XOAUTH2 as Google and Microsoft describe it. A refusal comes as a challenge first; the mailer's own way would hide it behind a renewal. */
async function byToken(connection: AuthContext): Promise<void> {
  const { user, pass } = connection.auth.credentials;
  const response = Buffer.from(`user=${user}\u0001auth=Bearer ${pass}\u0001\u0001`).toString('base64');
  let answer = await connection.sendCommand(`AUTH XOAUTH2 ${response}`);
  if (answer.status === 334) answer = await connection.sendCommand('');
  if (answer.status !== 235) throw new Error('the access token was refused');
}

function createPool(account: SmtpAccount, options: SmtpSenderOptions) {
  const timeouts = { ...TIMEOUTS_MS, ...options.timeoutsMs };
  const settings: SMTPPoolOptions & { pool: true } = {
    pool: true,
    host: account.host,
    port: account.port,
    name: account.clientName,
    secure: account.security === 'tls',
    requireTLS: account.security === 'starttls',
    ignoreTLS: account.security === 'none',
    tls: { minVersion: 'TLSv1.2', ...(options.trustedCertificates && { ca: [...options.trustedCertificates] }) },
    ...authOf(account),
    maxConnections: options.connectionsPerMailbox ?? 2,
    // a message is never taken up again by the pool itself: when to try again is decided where it is recorded
    maxRequeues: 0,
    connectionTimeout: timeouts.connection + timeouts.greeting, // the mailer counts both
    greetingTimeout: timeouts.greeting,
    socketTimeout: timeouts.socket,
    idleTimeout: timeouts.idle,
    getSocket: (_, done) => {
      connectPinned(account, options.resolve, timeouts.connection).then(
        (connection) => {
          done(null, { connection });
        },
        (error: unknown) => {
          done(error instanceof Error ? error : new Error(String(error)));
        },
      );
    },
  };
  const transport = createTransport(settings);
  transport.use('stream', (mail, done) => {
    const { onFirstRead, whole } = mail.data as StreamedMail;
    // composed already: the mailer's own streams would only take it apart and put it together again
    mail.message.createReadStream = () => new WholeMessage(whole, onFirstRead);
    done();
  });
  return transport;
}

/** The connection reads the message for the first time when the server has answered DATA with 354. */
class WholeMessage extends Readable {
  constructor(
    private readonly whole: Buffer,
    private readonly onFirstRead: () => void,
  ) {
    super();
  }

  override _read(): void {
    this.onFirstRead();
    this.push(this.whole);
    this.push(null);
  }
}
