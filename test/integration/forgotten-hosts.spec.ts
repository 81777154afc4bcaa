import { DAY_MS } from '../../src/platform/clock.js';
import { Housekeeping } from '../../src/platform/jobs/housekeeping.service.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

describe('housekeeping of what is known of the web', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp();
  });

  afterAll(() => t.close());

  const before = (days: number): Date => new Date(t.clock.now().getTime() - days * DAY_MS);
  const left = async (column: string, table: string): Promise<string[]> => {
    const rows: { name: string }[] = await t.db.query(`/* all-workspaces: test */ SELECT ${column} AS name FROM ${table} ORDER BY 1`);
    return rows.map(({ name }) => name);
  };

  it('forgets hosts that nobody asks, but not one with links due or at rest', async () => {
    await t.db.query(
      `INSERT INTO fetch_hosts (host, turn_at, queued_at, rest_until) VALUES
         ('idle.example', now() - interval '2 days', NULL, NULL),
         ('rested.example', now() - interval '2 days', NULL, $1),
         ('resting.example', now() - interval '2 days', NULL, $2),
         ('queued.example', now() - interval '2 days', now() - interval '2 days', NULL),
         ('recent.example', now(), NULL, NULL)`,
      [before(1), before(-1)],
    );

    await t.app.get(Housekeeping).run();

    expect(await left('host', 'fetch_hosts')).toEqual(['queued.example', 'recent.example', 'resting.example']);
  });

  it('forgets a robots.txt only when nothing has asked for it since it could count as absent', async () => {
    await t.db.query(`INSERT INTO robots_files (origin, good_until) VALUES ('https://old.example', $1), ('https://young.example', $2)`, [
      ...[before(41), before(39)],
    ]);

    await t.app.get(Housekeeping).run();

    expect(await left('origin', 'robots_files')).toEqual(['https://young.example']);
  });

  it('forgets looks at targets of links that nobody checks any more, in every workspace', async () => {
    const other = await t.makeWorkspace();
    await t.db.query(
      `INSERT INTO target_looks (workspace_id, url_key, looked_at) VALUES
         ($1, 'https://old.example/', $3), ($2, 'https://old.example/', $3), ($1, 'https://young.example/', $4)`,
      [t.owner.workspaceId, other.workspaceId, before(41), before(39)],
    );

    await t.app.get(Housekeeping).run();

    expect(await left('url_key', 'target_looks')).toEqual(['https://young.example/']);
  });
});
