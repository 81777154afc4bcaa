import { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';

/**
 * `busy`: the server is starting, stopping or full; ask again.
 * `refused`: nothing of ours answers there.
 */
export type NoSession = 'busy' | 'refused';

/** Two-key advisory lock: shared by every owner, exclusive for the one that stops the server. The application's locks have one key. */
const OWNERSHIP = '19543, 1';
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * One connection a process, which says "I use this server". PostgreSQL counts the owners for us: a killed process loses its
 * connection and with it the lock, so there are no pid files that could lie. It does not keep the process alive.
 */
export class OwnerSession {
  private constructor(
    private readonly client: Client,
    private readonly socket: Socket,
  ) {}

  /** Logs in by SCRAM, in which the server too proves that it knows the password of this cluster. */
  static async open(url: string): Promise<OwnerSession | NoSession> {
    const socket = new Socket();
    const config: ClientConfig = { connectionString: url, application_name: 'linkwright owner', connectionTimeoutMillis: CONNECT_TIMEOUT_MS };
    const client = new Client({ ...config, stream: () => socket });
    client.on('error', () => undefined); // 'end' follows
    try {
      await client.connect();
      if (await ask(client, `pg_try_advisory_lock_shared(${OWNERSHIP})`)) {
        socket.unref();
        return new OwnerSession(client, socket);
      }
      await client.end();
      return 'busy'; // the last owner is stopping it
    } catch (error) {
      socket.destroy();
      return isPassing(error) ? 'busy' : 'refused';
    }
  }

  onLost(listener: () => void): void {
    this.client.once('end', listener);
  }

  /** Gives the ownership up and runs `whenLast` if nobody else has one; until that ends nobody can become an owner. */
  async close(whenLast: () => Promise<void>): Promise<void> {
    this.socket.ref();
    try {
      await ask(this.client, `pg_advisory_unlock_shared(${OWNERSHIP})`);
      if (await ask(this.client, `pg_try_advisory_lock(${OWNERSHIP})`)) await whenLast();
    } finally {
      this.socket.destroy();
    }
  }
}

async function ask(client: Client, lockFunction: string): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(`SELECT ${lockFunction} AS yes`);
  return rows[0]?.yes === true;
}

/** cannot_connect_now, admin_shutdown, crash_shutdown, too_many_connections; or cut off, or silent, in the middle of it. */
function isPassing(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return /timeout|terminated/i.test(message);
  return ['57P03', '57P01', '57P02', '53300', 'ECONNRESET', 'EPIPE'].includes(code);
}
