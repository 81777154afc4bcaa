import { hashSync } from '@node-rs/argon2';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { createApp } from '../../src/bootstrap.js';
import { ROLE_PERMISSIONS, type Role, type Scope } from '../../src/domain/permissions.js';
import { newApiKey } from '../../src/modules/auth/api-keys/new-api-key.js';
import type { Actor } from '../../src/platform/auth/actor.js';
import { SetClock } from '../../src/platform/clock.js';
import { type AppConfig, readConfig } from '../../src/platform/config/app-config.js';
import { newId } from '../../src/platform/ids.js';
import { WorkLoops } from '../../src/platform/jobs/work-loops.js';
import { watchAnswers } from './contract/answer-hook.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/** A Monday morning: inside every default window. */
export const TEST_START = new Date('2026-11-02T10:00:00Z');
export const TEST_PASSWORD = 'a long enough password';

export interface TestAppOptions {
  /** Settings beside the defaults of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  readonly startAt?: Date;
  /** One that the test has made, and drops; absent: one of its own. */
  readonly database?: TestDatabase;
}

/** A workspace and the person who owns it. */
export interface TestOwner {
  readonly key: string;
  readonly workspaceId: string;
  readonly memberId: string;
  readonly userId: string;
  readonly email: string;
  readonly actor: Actor;
}

/** Calls with a key; paths are relative to /api/v1. Add `.set('if-match', '*')` and the like as with supertest. */
export interface Caller {
  get(path: string): request.Test;
  post(path: string, body?: object): request.Test;
  patch(path: string, body?: object, ifMatch?: string): request.Test;
  delete(path: string, ifMatch?: string): request.Test;
}

/** A running product without an owner yet. */
export interface BareTestApp {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly db: DataSource;
  readonly clock: SetClock;
  readonly config: AppConfig;
  readonly loops: WorkLoops;
  /** Without credentials; whole paths. */
  request(): request.Agent;
  as(key: string): Caller;
  /** Runs a worker loop until it finds nothing more. */
  run(loop: string): Promise<void>;
  makeWorkspace(): Promise<TestOwner>;
  close(): Promise<void>;
}

export interface TestApp extends BareTestApp {
  readonly owner: TestOwner;
  /** A key of a fresh member with that role, or of the owner with those scopes; in the owner's workspace unless another is named. Projects are a member's. */
  makeKey(
    grant: Role | readonly Scope[],
    more?: { readonly of?: TestOwner; readonly mailboxId?: string; readonly projectIds?: readonly string[] },
  ): Promise<string>;
}

/**
 * The whole product over HTTP on a database and a port of its own, with a clock that stands still and no worker running:
 * tests run single loops. Pages and mail servers on loopback may be reached.
 */
export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const bare = await createBareTestApp(options);
  await bare.db.query('UPDATE installation SET set_up_at = $1', [bare.clock.now()]);
  const owner = await bare.makeWorkspace();
  return { ...bare, owner, makeKey: (grant, more = {}) => makeKey(bare.db, more.of ?? owner, grant, more) };
}

/** The same before its setup: nobody owns it. */
export async function createBareTestApp({ env = {}, startAt = TEST_START, database: given }: TestAppOptions = {}): Promise<BareTestApp> {
  const database = given ?? (await createTestDatabase());
  const drop = (): Promise<void> => (given ? Promise.resolve() : database.drop());
  const clock = new SetClock(startAt);
  const folder = await mkdtemp(join(tmpdir(), 'lw-guard-'));
  const config = readConfig({
    DATABASE_URL: database.url,
    SECRET_KEY: randomBytes(32).toString('base64'),
    FETCH_ALLOW_CIDRS: '127.0.0.0/8',
    MAIL_ALLOW_CIDRS: '127.0.0.0/8',
    LOG_LEVEL: 'silent',
    // the clock stands still: no window would ever end
    ...{ RATE_LIMIT_PER_MINUTE: '1000000', RATE_LIMIT_ANONYMOUS_PER_MINUTE: '1000000', THROTTLE_PER_MINUTE: '0' },
    RESTORE_GUARD_DIR: folder,
    ...env,
  });
  const app = await createApp(config, clock).catch(async (error: unknown) => {
    await drop();
    throw error;
  });
  watchAnswers(app);
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const db = app.get(DataSource);
  const loops = app.get(WorkLoops);
  return {
    ...{ app, url, db, clock, config, loops },
    request: () => request(url), // the same calls, but no cookie is kept
    as: (key) => callerOf(url, key),
    run: (loop) => loops.runUntilIdle(loop),
    makeWorkspace: () => makeOwner(db, clock.now()),
    close: async () => {
      await app.close();
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function callerOf(url: string, key: string): Caller {
  const call = (method: 'get' | 'post' | 'patch' | 'delete', path: string, ifMatch?: string): request.Test => {
    const test = request(url)[method](`/api/v1${path}`).set('authorization', `Bearer ${key}`);
    return ifMatch === undefined ? test : test.set('if-match', ifMatch);
  };
  return {
    get: (path) => call('get', path),
    post: (path, body) => call('post', path).send(body),
    patch: (path, body, ifMatch) => call('patch', path, ifMatch).send(body),
    delete: (path, ifMatch) => call('delete', path, ifMatch),
  };
}

async function makeOwner(db: DataSource, at: Date): Promise<TestOwner> {
  const workspaceId = newId();
  await db.query(`INSERT INTO workspaces (id, name, postal_address, created_at) VALUES ($1, 'Tea links', '1 Leaf Lane, Teatown', $2)`, [
    workspaceId,
    at,
  ]);
  const { userId, memberId, email } = await makeMember(db, workspaceId, 'owner', at);
  const actor: Actor = { workspaceId, userId, memberId, role: 'owner', projectIds: null, permissions: ROLE_PERMISSIONS.owner, via: 'ui' };
  const owner = { workspaceId, memberId, userId, email, actor, key: '' };
  return { ...owner, key: await makeKey(db, owner, ['*']) };
}

/** Hashed with little work: tests log in by the hundred. */
const PASSWORD_HASH = hashSync(TEST_PASSWORD, { memoryCost: 64, timeCost: 1, parallelism: 1 });

export async function makeMember(
  db: Pick<DataSource, 'query'>,
  workspaceId: string,
  role: Role,
  at: Date = TEST_START,
): Promise<{ userId: string; memberId: string; email: string }> {
  const [userId, memberId] = [newId(), newId()];
  const email = `${role}-${userId}@team.example`;
  await db.query(`INSERT INTO users (id, email, name, password_hash, installation_owner, created_at) VALUES ($1, $2, $3, $4, $5, $6)`, [
    ...[userId, email, role, PASSWORD_HASH],
    ...[role === 'owner', at],
  ]);
  await db.query(`INSERT INTO members (workspace_id, id, user_id, role, created_at) VALUES ($1, $2, $3, $4, $5)`, [
    ...[workspaceId, memberId, userId, role, at],
  ]);
  return { userId, memberId, email };
}

async function makeKey(
  db: DataSource,
  owner: TestOwner,
  grant: Role | readonly Scope[],
  { mailboxId, projectIds }: { readonly mailboxId?: string; readonly projectIds?: readonly string[] } = {},
): Promise<string> {
  const memberId = typeof grant === 'string' ? (await makeMember(db, owner.workspaceId, grant)).memberId : owner.memberId;
  if (projectIds)
    await db.query('UPDATE members SET project_ids = $3 WHERE workspace_id = $1 AND id = $2', [owner.workspaceId, memberId, projectIds]);
  const { key, prefix, hash } = newApiKey();
  await db.query(
    `INSERT INTO api_keys (workspace_id, id, name, prefix, key_hash, scopes, mailbox_id, member_id, created_at) VALUES ($1, $2, 'test', $3, $4, $5, $6, $7, $8)`,
    [owner.workspaceId, newId(), prefix, hash, typeof grant === 'string' ? ['*'] : [...grant], mailboxId ?? null, memberId, TEST_START],
  );
  return key;
}
