import type { DataSource } from 'typeorm';
import { CampaignRuns } from '../../src/modules/outreach/runs/campaign-runs.service.js';
import { findDue, setAside, takeUp } from '../../src/modules/outreach/outreach.queries.js';
import { DAY_MS } from '../../src/platform/clock.js';
import { transact } from '../../src/platform/database/transact.js';
import { makeCampaign, makeEnrollment, makeOpportunity } from '../support/factories.js';
import { createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

let test: TestApp;

beforeAll(async () => {
  test = await createTestApp();
});

afterAll(() => test.close());

const ws = (): string => test.owner.workspaceId;

async function enrolled(campaignId: string, nextAt = TEST_START): Promise<string> {
  const card = await makeOpportunity(test.db, ws(), { campaignId });
  return (await makeEnrollment(test.db, ws(), { opportunityId: card.id, nextAt })).id;
}

async function mailsOf(campaignId: string): Promise<number> {
  const [row]: { count: number }[] = await test.db.query('SELECT count(*)::int FROM messages WHERE workspace_id = $1 AND campaign_id = $2', [
    ws(),
    campaignId,
  ]);
  return row?.count ?? 0;
}

/** Until somebody waits for a lock in this database; each look takes a moment itself. */
async function untilSomebodyWaits(db: DataSource): Promise<void> {
  for (let look = 0; look < 2000; look += 1) {
    const waiting = await db.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    if (waiting.length > 0) return;
  }
  throw new Error('Nobody waits for a lock.');
}

describe('what is due in a paused campaign', () => {
  it('is set aside, does not hold up who is due behind it, and goes on at once with the campaign', async () => {
    const paused = await makeCampaign(test.db, ws(), { state: 'paused' });
    const running = await makeCampaign(test.db, ws());
    for (let at = 0; at < 60; at += 1) await enrolled(paused.id, new Date(TEST_START.getTime() - DAY_MS)); // more than one look finds
    await enrolled(running.id);

    await test.run('plan');
    expect(await mailsOf(running.id)).toBe(1);
    expect(await mailsOf(paused.id)).toBe(0);
    expect(await findDue(test.db, test.clock.now(), 10)).toEqual([]);

    await test.app.get(CampaignRuns).resume(test.owner.actor, paused.id, '*');
    await test.run('plan');
    expect(await mailsOf(paused.id)).toBe(60);
  });

  it('is not set aside when the campaign is just going on', async () => {
    const { id: campaignId } = await makeCampaign(test.db, ws(), { state: 'paused' });
    await enrolled(campaignId);

    let looking: Promise<number> | undefined;
    await transact(test.db, async (tx) => {
      await tx.query(`UPDATE campaigns SET state = 'running' WHERE workspace_id = $1 AND id = $2`, [ws(), campaignId]);
      await takeUp(tx, { workspaceId: ws(), campaignId });
      looking = setAside(test.db.manager, { workspaceId: ws(), campaignId }, test.clock.now());
      await untilSomebodyWaits(test.db);
    });
    expect(await looking).toBe(0);

    await test.run('plan');
    expect(await mailsOf(campaignId)).toBe(1);
  });
});
