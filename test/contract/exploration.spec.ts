import { type Route, routesIn } from '../../src/platform/http/contract/shapes.js';
import { newId } from '../../src/platform/ids.js';
import { readContract } from '../support/contract/answer-hook.js';
import { Explorer, inGoodOrder } from '../support/contract/explorer.js';
import { IdPool, kindOf } from '../support/contract/id-pool.js';
import { makeBacklink, makeEnrollment, makeMessage, makePitch } from '../support/factories.js';
import { type LoopbackDns, startLoopbackDns } from '../support/loopback-dns.js';
import { createTestApp, makeMember, TEST_PASSWORD, type TestApp } from '../support/test-app.js';

/** Requests for each route; more of them, and others, with CONTRACT_RUNS=500 CONTRACT_SEED=7. */
const RUNS = Number(process.env['CONTRACT_RUNS'] ?? 50);
const SEED = Number(process.env['CONTRACT_SEED'] ?? 20_261_102);

/** Of all routes but those of a person's own account; some succeed only in a state that no request made from the contract alone leads to. */
const REACHED = 0.85;

const contract = readContract();
/** One of two parameters must be there. */
const UNSAYABLE: ReadonlySet<string> = new Set(['getBoard']);

const isOwnAccount = (path: string): boolean => path.includes('/auth/');
/** Opened by a token in a mail, or with a provider by a person who has logged in: test/e2e/report-page, unsubscribe and mail-accounts do. */
const isPage = (path: string): boolean => /^\/[ru]\/|\/oauth(\/callback)?$/.test(path);
const nameOf = ({ method, path }: Route): string => `${method.toUpperCase()} ${path}`;

describe('the product under everything its contract allows, and much that it does not', () => {
  let t: TestApp;
  let dns: LoopbackDns;

  beforeAll(async () => {
    dns = await startLoopbackDns(() => []);
    t = await createTestApp({ env: { SANDBOX: 'true', DNS_SERVERS: dns.address } });
    for (const state of ['needs_review', 'live'] as const) await makeFamily(state);
    await makeMember(t.db, t.owner.workspaceId, 'member');
  });

  afterAll(async () => {
    await t.close();
    dns.close();
  });

  function explorerFor(credentials: Readonly<Record<string, string>>, pool: IdPool): Explorer {
    return new Explorer({ contract, url: t.url, credentials, pool, runs: RUNS, seed: SEED, unsayable: UNSAYABLE });
  }

  /** One thing of each kind that belong together. */
  async function makeFamily(state: 'needs_review' | 'live'): Promise<void> {
    const { workspaceId, memberId } = t.owner;
    const { id: enrollmentId, opportunityId } = await makeEnrollment(t.db, workspaceId);
    await makeMessage(t.db, workspaceId, { enrollmentId, state: 'draft', subject: 'Tea', text: 'Tea?' });
    await makeMessage(t.db, workspaceId, { enrollmentId, state: 'delivery_unknown', stepKey: 'second' });
    await makeMessage(t.db, workspaceId, { opportunityId, direction: 'in', state: 'received', class: 'human', nextAt: null });
    await makePitch(t.db, workspaceId, { opportunityId });
    await makeBacklink(t.db, workspaceId, { opportunityId, state });
    await t.db.query(
      `INSERT INTO notes (workspace_id, id, kind, subject_type, subject_id, author_id, text, created_at)
       VALUES ($1, $2, 'note', 'opportunity', $3, $4, 'They like tea', now())`,
      [workspaceId, newId(), opportunityId, memberId],
    );
    await t.db.query(
      `INSERT INTO tasks (workspace_id, id, kind, subject_type, subject_id, assignee_id, due_at, created_at)
       VALUES ($1, $2, 'answer_reply', 'opportunity', $3, $4, now(), now())`,
      [workspaceId, newId(), opportunityId, memberId],
    );
  }

  /** Every id of the workspace, the first family first: tables are called as the things in paths are. */
  async function readIds(pool: IdPool): Promise<void> {
    const tables = await t.db.query<{ name: string }[]>(
      `SELECT c.table_name AS name FROM information_schema.columns c JOIN information_schema.columns w USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND c.column_name = 'id' AND c.data_type = 'uuid' AND w.column_name = 'workspace_id' ORDER BY 1`,
    );
    const answered = await t.db.query<{ id: string }[]>(`SELECT thread_id AS id FROM messages WHERE workspace_id = $1 AND direction = 'in'`, [
      t.owner.workspaceId,
    ]);
    for (const { id } of answered) pool.add('thread', id);
    for (const { name } of tables) {
      const rows = await t.db.query<{ id: string }[]>(`SELECT id FROM ${name} WHERE workspace_id = $1 ORDER BY id LIMIT 20`, [t.owner.workspaceId]);
      for (const { id } of rows) pool.add(kindOf('id', name.replaceAll('_', '-')), id);
    }
  }

  it('understands every example of a request', async () => {
    const misunderstood: string[] = [];
    for (const { path, method, operation } of routesIn(contract)) {
      const example = operation.requestBody?.content['application/json']?.example;
      if (example === undefined) continue;
      const address = path.replaceAll(/\{\w+\}/g, '01890000-0000-7000-8000-000000000000');
      const call = t
        .request()
        [method](address)
        .set({ authorization: `Bearer ${t.owner.key}`, 'if-match': '*' });
      const { status, body } = await call.send(example as object);
      if (status === 400) misunderstood.push(`${method} ${path}: ${body.detail}`);
    }
    expect(misunderstood).toEqual([]);
  });

  it('answers as promised to a person at the screen, on the routes of their own account', async () => {
    const login = await t.request().post('/api/v1/auth/login').send({ email: t.owner.email, password: TEST_PASSWORD }).expect(200);
    const cookie = String(login.headers['set-cookie']).split(';')[0] ?? '';
    const sessions = await t.request().get('/api/v1/auth/sessions').set('cookie', cookie).expect(200);
    const pool = new IdPool(new Set((sessions.body.data as { id: string }[]).map(({ id }) => id)));
    const explorer = explorerFor({ cookie }, pool);

    // in the end it must still be the same session that asks
    const findings = await explorer.explore(inGoodOrder(contract).filter(({ path }) => isOwnAccount(path) && !path.endsWith('/logout')));

    expect(findings).toEqual([]);
    expect([...explorer.succeeded]).toEqual(expect.arrayContaining(['GET /api/v1/auth/me', 'GET /api/v1/auth/sessions', 'GET /api/v1/auth/totp']));
    await t.request().get('/api/v1/auth/me').set('cookie', cookie).expect(200);
  }, 900_000);

  it('answers as promised to a key, on all routes', async () => {
    const keyId = (await t.db.query<{ id: string }[]>('SELECT id FROM api_keys WHERE workspace_id = $1', [t.owner.workspaceId])).map(({ id }) => id);
    const pool = new IdPool(new Set([...keyId, t.owner.memberId]));
    await readIds(pool);
    const explorer = explorerFor({ authorization: `Bearer ${t.owner.key}` }, pool);

    const findings = await explorer.explore();

    expect(findings).toEqual([]);
    const routes = inGoodOrder(contract).filter(({ path }) => !isOwnAccount(path) && !isPage(path));
    const unreached = routes.map(nameOf).filter((name) => !explorer.succeeded.has(name));
    expect({ unreached, enough: unreached.length <= routes.length * (1 - REACHED) }).toMatchObject({ enough: true });
  }, 900_000);
});
