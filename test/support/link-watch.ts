import { LinkReports } from '../../src/modules/backlinks/reports/link-reports.service.js';
import { makeProject } from './factories.js';
import { startFixtureSite, type FixtureSite, type SiteAnswer } from './fixture-site.js';
import { createTestApp, type TestApp } from './test-app.js';

export const TARGET = 'https://shop.example/guide';
export const LINK = `<a href="${TARGET}">the guide</a>`;

/** The product beside a site whose pages are reported as bearing links to a project of its own. Call it in a describe block. */
export function linkWatch() {
  let test: TestApp;
  let site: FixtureSite;
  let reports: LinkReports;
  let pages = 0;

  beforeAll(async () => {
    [test, site] = await Promise.all([createTestApp(), startFixtureSite()]);
    reports = test.app.get(LinkReports);
    await makeProject(test.db, test.owner.workspaceId, { url: 'https://shop.example/', domain: 'shop.example' });
  });

  afterAll(async () => {
    await test.close();
    await site.close();
  });

  afterEach(() => {
    site.always();
  });

  /** A page of its own, reported; each test moves the clock, so no link of another test may stay due. */
  const reported = async (
    page: string | SiteAnswer,
    more: { expectedRel?: ['follow']; opportunityId?: string } = {},
  ): Promise<{ id: string; path: string }> => {
    await test.db.query('/* all-workspaces: test */ UPDATE backlinks SET next_at = NULL');
    const path = `/post-${(pages += 1)}`;
    site.write(path, page);
    const { id } = await reports.report(test.owner.actor, { sourceUrl: site.origin + path, targetUrl: TARGET, ...more });
    return { id, path };
  };

  const look = async (afterMs = 0): Promise<void> => {
    test.clock.advance(afterMs);
    await test.run('check');
  };

  const read = async (id: string) => (await test.as(test.owner.key).get(`/backlinks/${id}`).expect(200)).body;

  return {
    get test() {
      return test;
    },
    get site() {
      return site;
    },
    get reports() {
      return reports;
    },
    ...{ reported, look, read },
  };
}
