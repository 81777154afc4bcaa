import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { makeBacklink, makeCampaign, makeOpportunity, makePitch, makeProject, makeTargetPage } from '../support/factories.js';
import { article } from '../support/fixture-site.js';
import { LINK, linkWatch, TARGET } from '../support/link-watch.js';

describe('a report of a backlink', () => {
  const watch = linkWatch();
  const { reported, look, read } = watch;

  it('gives a rejected link that is reported again a new chance', async () => {
    const { id, path } = await reported(article('No link.'));
    for (const wait of [0, HOUR_MS, 3 * HOUR_MS, 2 * DAY_MS]) await look(wait);
    expect(await read(id)).toMatchObject({ state: 'rejected' });

    watch.site.write(path, article(LINK));
    const again = await watch.reports.report(watch.test.owner.actor, { sourceUrl: watch.site.origin + path, targetUrl: TARGET });
    await look();

    expect(again).toEqual({ id, news: true });
    expect(await read(id)).toMatchObject({ state: 'live' });
  });

  it('moves the card and the pitch along', async () => {
    const { workspaceId } = watch.test.owner;
    const project = await makeProject(watch.test.db, workspaceId, { url: 'https://shop2.example/', domain: 'shop2.example' });
    const page = await makeTargetPage(watch.test.db, workspaceId, { projectId: project.id, url: TARGET });
    const campaign = await makeCampaign(watch.test.db, workspaceId, { projectId: project.id, targetPageId: page.id });
    const card = await makeOpportunity(watch.test.db, workspaceId, { campaignId: campaign.id, stage: 'awaiting_live' });
    const pitch = await makePitch(watch.test.db, workspaceId, { opportunityId: card.id, state: 'scheduled' });

    const { id, path } = await reported(article(LINK), { opportunityId: card.id });
    const [reportedPitch] = await watch.test.db.query('SELECT state, live_url FROM pitches WHERE workspace_id = $1 AND id = $2', [
      workspaceId,
      pitch.id,
    ]);
    await look();

    expect(reportedPitch).toEqual({ state: 'published_reported', live_url: watch.site.origin + path });
    expect(await read(id)).toMatchObject({ state: 'live', opportunityId: card.id, projectId: project.id, targetPageId: page.id });
    const [after] = await watch.test.db.query(
      `SELECT o.stage, p.state FROM opportunities o JOIN pitches p ON p.workspace_id = o.workspace_id AND p.opportunity_id = o.id
        WHERE o.workspace_id = $1 AND o.id = $2`,
      [workspaceId, card.id],
    );
    expect(after).toEqual({ stage: 'live', state: 'published_verified' });
  });

  it('gives the promised link its address', async () => {
    const { workspaceId } = watch.test.owner;
    const card = await makeOpportunity(watch.test.db, workspaceId, { stage: 'awaiting_live' });
    const promised = await makeBacklink(watch.test.db, workspaceId, {
      ...{ opportunityId: card.id, targetUrl: TARGET, targetKey: TARGET, state: 'expected', nextAt: null },
      ...{ sourceUrl: null as unknown as string, sourceKey: null },
    });

    const { id } = await reported(article(LINK), { opportunityId: card.id });
    await look();

    expect(id).toBe(promised.id);
    expect(await read(id)).toMatchObject({ state: 'live' });
  });

  it('makes one link of two reports of the same page', async () => {
    const input = { sourceUrl: `${watch.site.origin}/twice#top`, targetUrl: TARGET };

    const [one, other] = await Promise.all([
      watch.reports.report(watch.test.owner.actor, input),
      watch.reports.report(watch.test.owner.actor, { ...input, sourceUrl: `${watch.site.origin}/twice` }),
    ]);

    expect(one.id).toBe(other.id);
    expect([one.news, other.news].sort()).toEqual([false, true]);
  });

  it('leaves the links of another workspace alone', async () => {
    const { id, path } = await reported(article(LINK));
    const other = await watch.test.makeWorkspace();
    await makeProject(watch.test.db, other.workspaceId, { url: 'https://shop.example/', domain: 'shop.example' });

    const theirs = await watch.reports.report(other.actor, { sourceUrl: watch.site.origin + path, targetUrl: TARGET });

    expect(theirs.news).toBe(true);
    expect(theirs.id).not.toBe(id);
    await watch.test.as(other.key).get(`/backlinks/${id}`).expect(404);
  });
});
