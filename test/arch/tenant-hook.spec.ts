import { createTestApp, type TestApp } from '../support/test-app.js';
import { missingWorkspace, takeOffences, tenantTables } from '../support/tenant-hook.js';

const TABLES = new Set(['messages', 'contacts', 'members']);

describe('the tenant hook', () => {
  it('knows every table that has a workspace', () => {
    const tables = tenantTables();

    expect([...tables]).toEqual(expect.arrayContaining(['members', 'sessions', 'messages', 'events', 'backlink_checks', 'webhook_deliveries']));
    for (const name of ['workspaces', 'users', 'installation', 'event_readers']) expect(tables).not.toContain(name);
  });

  it.each([
    ['a plain read', 'SELECT * FROM messages WHERE id = $1'],
    ['a quoted one, as TypeORM writes', 'SELECT "Message"."id" FROM "messages" "Message" WHERE "Message"."workspace_idle" = $1'],
    ['a change', 'UPDATE messages SET state = $1 WHERE id = $2'],
    ['a removal', 'DELETE FROM messages WHERE id = $1'],
    ['a join that leaves it out', 'SELECT FROM messages m JOIN contacts c ON c.id = m.contact_id WHERE m.workspace_id = $1'],
    ['the second of a list', 'SELECT FROM messages m, contacts c WHERE m.workspace_id = $1 AND c.id = m.contact_id'],
    ['an unbound inner read', 'SELECT FROM contacts WHERE workspace_id = $1 AND id IN (SELECT contact_id FROM messages)'],
    ['a join alone', 'SELECT FROM messages m JOIN contacts c ON c.workspace_id = m.workspace_id'],
    ['an insert without the column', 'INSERT INTO messages (id) VALUES ($1)'],
    ['a word in a text', `SELECT 'workspace_id = 1' FROM messages`],
    ['a comment that gives no reason', '/* all-workspaces: */ SELECT FROM messages'],
  ])('refuses %s', (_, sql) => {
    expect(missingWorkspace(sql, TABLES)).toMatch(/workspace_id/);
  });

  it.each([
    ['a bound read', 'SELECT * FROM messages m WHERE m.workspace_id = $1'],
    ['a quoted one', 'SELECT "Message"."id" FROM "messages" "Message" WHERE ("Message"."workspace_id" = $1)'],
    ['a list of workspaces', 'SELECT FROM messages WHERE workspace_id = ANY ($1)'],
    ['rows', 'SELECT FROM messages WHERE (workspace_id, id) IN (($1, $2))'],
    ['a bound join', 'SELECT FROM messages m JOIN contacts c ON c.workspace_id = m.workspace_id AND c.id = $2 WHERE m.workspace_id = $1'],
    ['an insert', 'INSERT INTO "messages"("workspace_id", "id") VALUES ($1, $2) ON CONFLICT DO NOTHING'],
    ['a lock', 'SELECT FROM messages WHERE workspace_id = $1 FOR NO KEY UPDATE SKIP LOCKED'],
    ['a claim that says why', '/* all-workspaces: due rows */ UPDATE messages SET state = $1 WHERE next_at < $2'],
    ['a table of the installation', 'SELECT FROM users'],
    ['the queue', 'SELECT FROM pgboss.messages WHERE id = $1'],
    ['the catalog', 'SELECT FROM pg_class'],
  ])('lets %s pass', (_, sql) => {
    expect(missingWorkspace(sql, TABLES)).toBeUndefined();
  });

  describe('in a running product', () => {
    let test: TestApp;

    beforeAll(async () => {
      test = await createTestApp();
    });

    afterAll(() => test.close());

    it('stops a statement before it reaches the database, and remembers it for the test', async () => {
      await expect(test.db.query('SELECT role FROM members')).rejects.toThrow(/Tenant hook: members/);

      expect(takeOffences()).toEqual([expect.stringContaining('SELECT role FROM members')]);
    });

    it('lets the product work', async () => {
      const owned: unknown = await test.db.query('SELECT role FROM members WHERE workspace_id = $1', [test.owner.workspaceId]);

      expect(owned).toEqual([{ role: 'owner' }]);
      await test.as(test.owner.key).get('/meta/state-machines').expect(200);
      await test.request().get('/api/v1/meta/state-machines').expect(401);
    });
  });
});
