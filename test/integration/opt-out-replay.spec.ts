import { OptOutReplay } from '../../src/modules/suppressions/opt-out-replay.service.js';
import { Suppressions } from '../../src/modules/suppressions/suppressions.service.js';
import { systemActor } from '../../src/platform/auth/system-actor.js';
import { MINUTE_MS } from '../../src/platform/clock.js';
import { transact } from '../../src/platform/database/transact.js';
import { newId } from '../../src/platform/ids.js';
import { GuardFolder } from '../../src/platform/restore/guard-folder.js';
import { makeContact, makeProject } from '../support/factories.js';
import { createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

let t: TestApp;
beforeEach(async () => {
  t = await createTestApp();
});
afterEach(() => t.close());

const ws = (): string => t.owner.workspaceId;
const lines = (): Promise<string[]> => t.app.get(GuardFolder).journalLines();
const suppress = (value: string, over: object = {}) => t.as(t.owner.key).post('/suppressions', { kind: 'address', value, reason: 'asked', ...over });

describe('a replay', () => {
  const replay = async (options = { dryRun: false }) => t.app.get(OptOutReplay).replay(await lines(), options);
  const forgetAll = () => t.db.query('DELETE FROM suppressions WHERE workspace_id = $1', [ws()]);
  const found = (emailKey: string, projectId?: string) =>
    t.app.get(Suppressions).find(t.db, ws(), { emailKey, ...(projectId !== undefined && { projectId }) });

  it('brings back whom nobody knows any more by hash alone, and a firm by its domain', async () => {
    const [mine, firm] = [`${newId()}@tea-blog.example`, `${newId()}.example`];
    await suppress(mine).expect(201);
    await suppress(firm, { kind: 'domain' }).expect(201);
    await t.run('opt_out_journal');
    await forgetAll();

    expect(await replay({ dryRun: true })).toMatchObject({ added: 2 });
    expect(await found(mine)).toBeUndefined();
    expect(await replay()).toMatchObject({ added: 2, known: 0 });

    expect([(await found(mine))?.kind, (await found(`editor@${firm}`))?.kind]).toEqual(['address', 'domain']);
    expect(await replay()).toMatchObject({ added: 0, known: 2 });
    expect(await t.db.query('SELECT FROM suppressions WHERE workspace_id = $1 AND value = $2', [ws(), mine])).toEqual([]);
  });

  it('keeps its project, takes back what was taken back, and passes over what has ended', async () => {
    const [kept, back, over] = [1, 2, 3].map(() => `${newId()}@tea-blog.example`) as [string, string, string];
    const { id: projectId } = await makeProject(t.db, ws());
    await suppress(kept, { projectId }).expect(201);
    const { body } = await suppress(back).expect(201);
    await suppress(over, { expiresAt: new Date(TEST_START.getTime() + MINUTE_MS).toISOString() }).expect(201);
    const [row] = await t.db.query('SELECT * FROM suppressions WHERE workspace_id = $1 AND id = $2', [ws(), body.id]);
    await t.as(t.owner.key).delete(`/suppressions/${body.id}?reason=asked`, '*').expect(204);
    await t.run('opt_out_journal');
    await forgetAll();
    await t.db.query(
      `INSERT INTO suppressions (workspace_id, id, kind, value, reason, source, created_at) VALUES ($1, $2, 'address', $3, 'asked', 'person', $4)`,
      [ws(), row.id, back, TEST_START],
    );
    t.clock.advance(2 * MINUTE_MS);

    expect(await replay()).toMatchObject({ added: 1, removed: 1, passed: 1 });

    expect([await found(kept), (await found(kept, projectId))?.source, await found(back), await found(over)]).toEqual([
      ...[undefined, 'person', undefined, undefined],
    ]);
  });

  it('tells of people who were erased since and are here again', async () => {
    const email = `${newId()}@tea-blog.example`;
    await transact(t.db, (tx) => t.app.get(Suppressions).forget(tx, systemActor(ws()), email));
    await t.run('opt_out_journal');
    await forgetAll();
    await makeContact(t.db, ws(), { email });

    expect(await replay()).toMatchObject({ erased: 1 });

    expect(await found(email)).toBeDefined();
  });

  it('gives nothing to another workspace, and stops at none that is not here', async () => {
    const email = `${newId()}@tea-blog.example`;
    await suppress(email).expect(201);
    await t.run('opt_out_journal');
    const strange = (await lines()).map((line) => line.replaceAll(ws(), newId()));
    const other = await t.makeWorkspace();
    await forgetAll();

    expect(await t.app.get(OptOutReplay).replay(strange, { dryRun: false })).toMatchObject({ added: 0, passed: 1 });
    await replay();

    expect(await t.app.get(Suppressions).find(t.db, other.workspaceId, { emailKey: email })).toBeUndefined();
    expect(await found(email)).toBeDefined();
  });
});
