import { Client } from 'pg';
import { audit } from '../../src/platform/audit/audit-trail.js';
import { newId } from '../../src/platform/ids.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let t: TestApp;

beforeAll(async () => {
  t = await createTestApp();
  await t.db.transaction((tx) => audit(tx, t.owner.actor, { action: 'tea.tasted', subjectId: newId(), at: t.clock.now() }));
});

afterAll(() => t.close());

/** As an operator at psql, without the product between. */
async function tell(...statements: readonly string[]): Promise<void> {
  const client = new Client(t.config.DATABASE_URL);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

describe('an entry of the audit log', () => {
  it.each([
    ['a change', [`/* all-workspaces: refused */ UPDATE audit_log SET action = 'tea.poured'`], /append-only/],
    ['a removal', ['/* all-workspaces: refused */ DELETE FROM audit_log'], /append-only/],
    ['emptying the table', ['TRUNCATE audit_log'], /append-only/],
    ['emptying what it refers to', ['TRUNCATE workspaces CASCADE'], /append-only/],
    ['removing its workspace', ['DELETE FROM workspaces'], /violates (?:RESTRICT setting of )?foreign key constraint .*audit_log/],
  ])('withstands %s', async (_, statements, why) => {
    await expect(tell(...statements)).rejects.toThrow(why);

    const [row] = await t.db.query<{ action: string }[]>('SELECT action FROM audit_log WHERE workspace_id = $1', [t.owner.workspaceId]);
    expect(row).toEqual({ action: 'tea.tasted' });
  });

  it('is guarded by triggers that no session can switch off for itself', async () => {
    const triggers = await t.db.query<{ name: string; always: string }[]>(
      `SELECT tgname AS name, tgenabled AS always FROM pg_trigger WHERE tgrelid = 'audit_log'::regclass AND NOT tgisinternal ORDER BY 1`,
    );

    expect(triggers).toEqual([
      { name: 'audit_log_append_only', always: 'A' },
      { name: 'audit_log_not_emptied', always: 'A' },
    ]);
  });

  it('commits with what it tells of, or not at all', async () => {
    const subjectId = newId();
    const failing = t.db.transaction(async (tx) => {
      await audit(tx, t.owner.actor, { action: 'tea.spilt', subjectId, at: t.clock.now() });
      throw new Error('the rest fails');
    });
    await expect(failing).rejects.toThrow('the rest fails');

    expect(await t.db.query('SELECT FROM audit_log WHERE workspace_id = $1 AND subject_id = $2', [t.owner.workspaceId, subjectId])).toEqual([]);
  });
});
