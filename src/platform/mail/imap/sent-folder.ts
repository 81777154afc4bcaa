import { isIP } from 'node:net';
import type { ImapFlow, ImapFlowOptions } from 'imapflow';
import { bareMessageId } from '../../../domain/message-ids.js';
import type { ResolveMailHost } from '../smtp/pinned-socket.js';

export interface ImapAccount {
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte, `starttls` or nothing at all, `none` without encryption. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user: string;
  /** One of the two. */
  readonly password?: string | undefined;
  readonly accessToken?: string | undefined;
}

export interface SentFolderOptions {
  readonly resolve: ResolveMailHost;
  /** Certificates to trust beside the usual ones, in PEM. */
  readonly trustedCertificates?: readonly string[];
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
/** A folder list or the headers of one mail are far smaller; a server that sends more is broken or hostile. */
const ANSWER_AT_MOST = 4_000_000;

/** Headers of so many mails are asked for in one command. */
const COPIES_AT_ONCE = 200;

/** A mail in the folder, by its headers. */
export interface SentCopy {
  /** Without brackets. */
  readonly messageId: string;
  /** As the mail says; null where it says nothing that is a time. */
  readonly sentAt: Date | null;
  readonly subject: string;
}

export type FolderCheck = { readonly ok: true } | { readonly ok: false; readonly detail: string };

/** The folder of sent mails on an IMAP server: what stands there has left, whatever became of the answer to it. */
export class SentFolder {
  constructor(private readonly options: SentFolderOptions) {}

  /** Connects, encrypts and logs in, and says goodbye. */
  async verify(account: ImapAccount): Promise<FolderCheck> {
    try {
      return await this.with(account, async (client) =>
        (await sentPath(client)) === undefined ? { ok: false, detail: 'Logged in, but there is no folder of sent mails.' } : { ok: true },
      );
    } catch (error) {
      return { ok: false, detail: wordsOf(error) };
    }
  }

  /**
   * Which of these mails the folder holds.
   * @param messageIds  with or without brackets. @returns them without
   * @throws what the connection, the login or the server's answer fails with
   */
  async find(account: ImapAccount, messageIds: readonly string[]): Promise<Set<string>> {
    return this.with(account, async (client) => {
      const found = new Set<string>();
      const path = await sentPath(client);
      if (path === undefined) return found;
      const lock = await client.getMailboxLock(path, { readOnly: true });
      try {
        for (const id of messageIds.map(bareMessageId)) if (await holds(client, id)) found.add(id);
      } finally {
        lock.release();
      }
      return found;
    });
  }

  /**
   * What the folder got on that day or later; all of it without one.
   * @returns undefined when there is no such folder. @throws as find
   */
  async list(account: ImapAccount, since: Date | null): Promise<SentCopy[] | undefined> {
    return this.with(account, async (client) => {
      const path = await sentPath(client);
      if (path === undefined) return undefined;
      const lock = await client.getMailboxLock(path, { readOnly: true });
      try {
        const uids = (await client.search(since ? { since } : { all: true }, { uid: true })) || [];
        const copies: SentCopy[] = [];
        for (let at = 0; at < uids.length; at += COPIES_AT_ONCE) copies.push(...(await copiesOf(client, uids.slice(at, at + COPIES_AT_ONCE))));
        return copies;
      } finally {
        lock.release();
      }
    });
  }

  /** Puts a copy there, marked as read. Without such a folder nothing happens. @throws as find */
  async append(account: ImapAccount, raw: Buffer, sentAt: Date): Promise<void> {
    await this.with(account, async (client) => {
      const path = await sentPath(client);
      if (path !== undefined) await client.append(path, raw, ['\\Seen'], sentAt);
    });
  }

  private async with<T>(account: ImapAccount, work: (client: ImapFlow) => Promise<T>): Promise<T> {
    const client = await this.connect(account);
    try {
      return await work(client);
    } finally {
      await client.logout().catch(() => undefined);
      client.close();
    }
  }

  /** To the address that was checked, at the first that answers: a name is never resolved a second time (architecture promise 7). */
  private async connect(account: ImapAccount): Promise<ImapFlow> {
    const { imapClient } = await import('./imap-client.js');
    let failure = new Error(`${account.host} has no address`);
    for (const address of await this.options.resolve(account.host, account.port)) {
      const client = imapClient(this.settings(account, address));
      client.on('error', () => undefined); // what is under way rejects by itself
      try {
        await client.connect();
        return client;
      } catch (error) {
        client.close();
        failure = error instanceof Error ? error : new Error(String(error));
        if ('authenticationFailed' in failure) break;
      }
    }
    throw failure;
  }

  private settings(account: ImapAccount, address: string): ImapFlowOptions {
    const { host, port, security, user, password, accessToken } = account;
    const timeout = this.options.timeoutMs ?? TIMEOUT_MS;
    return {
      host: address,
      port,
      ...(isIP(host) === 0 && { servername: host }),
      secure: security === 'tls',
      doSTARTTLS: security === 'starttls',
      auth: accessToken === undefined ? { user, pass: password ?? '' } : { user, accessToken },
      tls: { minVersion: 'TLSv1.2', ...(this.options.trustedCertificates && { ca: [...this.options.trustedCertificates] }) },
      logger: false,
      disableAutoIdle: true,
      clientInfo: { name: 'mail' }, // which program this is, is nobody's business
      ...{ connectionTimeout: timeout, greetingTimeout: timeout, socketTimeout: 2 * timeout },
      ...{ maxLineLength: ANSWER_AT_MOST, maxLiteralSize: ANSWER_AT_MOST, maxResponseSize: 2 * ANSWER_AT_MOST },
    };
  }
}

/** By what the server says of its folders, or by its usual names. */
async function sentPath(client: ImapFlow): Promise<string | undefined> {
  const folders = await client.list();
  return folders.find(({ specialUse }) => specialUse === '\\Sent')?.path;
}

/** A search finds parts of words too: the header itself decides. */
async function holds(client: ImapFlow, messageId: string): Promise<boolean> {
  const hits = await client.search({ header: { 'message-id': messageId } }, { uid: true });
  for (const uid of (hits || []).slice(-20)) {
    const mail = await client.fetchOne(String(uid), { envelope: true }, { uid: true });
    if (mail && bareMessageId(mail.envelope?.messageId ?? '') === messageId) return true;
  }
  return false;
}

async function copiesOf(client: ImapFlow, uids: readonly number[]): Promise<SentCopy[]> {
  const mails = await client.fetchAll(uids.join(','), { envelope: true }, { uid: true });
  return mails.flatMap(({ envelope }) => {
    const messageId = bareMessageId(envelope?.messageId ?? '');
    const date = new Date(envelope?.date ?? Number.NaN);
    const sentAt = Number.isNaN(date.getTime()) ? null : date;
    return messageId === '' ? [] : [{ messageId, sentAt, subject: envelope?.subject ?? '' }];
  });
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection';
  const said = 'responseText' in error && typeof error.responseText === 'string' ? `${error.message}: ${error.responseText}` : error.message;
  return said.replace(/\p{Cc}+/gu, ' ').slice(0, 300);
}
