import { MINUTE_MS, SECOND_MS } from '../../src/platform/clock.js';
import { makeMessage } from '../support/factories.js';
import { answerStatus, article, type FixtureSite, type SiteAnswer, startFixtureSite } from '../support/fixture-site.js';
import { letter } from '../support/raw-mails.js';
import { TEST_START } from '../support/test-app.js';
import { type Talk, threadWorld } from '../support/thread-world.js';
import { one } from '../support/written-to.js';

const PATIENCE = 10 * MINUTE_MS;
const hangUp: SiteAnswer = (request) => request.socket.destroy();

describe('a page that we ask about', () => {
  const world = threadWorld();
  let site: FixtureSite;
  let pages = 0;

  beforeAll(async () => {
    site = await startFixtureSite();
  });
  afterAll(() => site.close());

  /** A card that was written to once and whose second mail is due now; `page` is written as the target's address is known. */
  async function dueFollowUp(page: (target: string) => string | SiteAnswer) {
    const path = `/post-${(pages += 1)}`;
    const talk = await world.talk({ answered: false, pageUrl: site.origin + path });
    const { url } = await one<{ url: string }>(
      world.test.db,
      `SELECT t.url FROM campaigns c JOIN target_pages t ON t.workspace_id = $1 AND t.id = c.target_page_id WHERE c.workspace_id = $1 AND c.id = $2`,
      [world.at, talk.opportunity.campaignId],
    );
    site.write(path, page(url));
    const mail = { enrollmentId: talk.enrollment.id, mailboxId: talk.mailbox.id, toAddress: talk.contact.email, stepKey: 's2', nextAt: TEST_START };
    return { talk, target: url, path, messageId: (await makeMessage(world.test.db, world.at, mail)).id };
  }

  const withLink = (target: string): string => article(`<a href="${target}">the guide</a>`);
  const withoutLink = (): string => article('nothing yet');
  const enrollmentOf = async ({ enrollment }: Talk) =>
    one<{ state: string; reason: string | null }>(
      world.test.db,
      'SELECT state, state_reason AS reason FROM enrollments WHERE workspace_id = $1 AND id = $2',
      [...[world.at, enrollment.id]],
    );
  const linksOf = async ({ opportunity }: Talk) =>
    world.test.db.query<{ state: string }[]>('SELECT state FROM backlinks WHERE workspace_id = $1 AND opportunity_id = $2', [
      ...[world.at, opportunity.id],
    ]);
  const verdictOf = async (subjectId: string) =>
    (
      await one<{ verdict: string | null }>(world.test.db, 'SELECT verdict FROM page_looks WHERE workspace_id = $1 AND subject_id = $2', [
        world.at,
        subjectId,
      ])
    ).verdict;
  /** A mailbox whose mail had to wait rests a second. */
  const look = async (): Promise<void> => {
    await world.test.run('look');
    world.test.clock.advance(SECOND_MS);
  };

  it('that bears the link already spares them the follow-up, stops the sequence and makes the backlink live', async () => {
    const { talk, messageId } = await dueFollowUp(withLink);

    await world.send();
    await look();
    await world.send();
    await world.test.run('check');

    expect(world.stored()).toEqual([]);
    expect(await world.stateOf(messageId)).toEqual({ state: 'skipped', reason: 'link_found' });
    const { body } = await world.test.as(world.test.owner.key).get(`/enrollments/${talk.enrollment.id}`).expect(200);
    expect(body.skippedSteps).toMatchObject([{ stepKey: 's2', code: 'link_found' }]);
    expect(await enrollmentOf(talk)).toEqual({ state: 'stopped', reason: 'goal_reached' });
    expect(await linksOf(talk)).toEqual([{ state: 'live' }]);
    const types = await world.test.db.query<{ type: string }[]>(
      'SELECT type FROM events WHERE workspace_id = $1 AND opportunity_id = $2 ORDER BY tx, id',
      [...[world.at, talk.opportunity.id]],
    );
    expect(types.map(({ type }) => type)).toEqual(expect.arrayContaining(['enrollment.stopped', 'backlink.reported', 'backlink.live']));
  });

  it('without the link lets the follow-up go at once, and only after the look', async () => {
    const { talk, messageId } = await dueFollowUp(withoutLink);

    await world.send();
    expect(world.stored()).toEqual([]);
    const gate = (await world.explain(messageId)).gates.find(({ code }) => code === 'page_check');
    await look();
    await world.send();

    expect(gate).toMatchObject({ open: false, opensAt: new Date(TEST_START.getTime() + PATIENCE).toISOString() });
    expect(await verdictOf(messageId)).toBe('not_live');
    expect(world.stored()).toHaveLength(1);
    expect(await linksOf(talk)).toEqual([]);
    expect((await enrollmentOf(talk)).state).toBe('active');
  });

  it.each<[string, SiteAnswer]>([
    ['an error', answerStatus(503)],
    ['a refusal', answerStatus(403)],
    ['no answer', hangUp],
  ])('that gives %s holds nothing back', async (_, answer) => {
    const { talk, messageId } = await dueFollowUp(() => answer);

    await world.send();
    await look();
    await world.send();

    expect(await verdictOf(messageId)).toBe('unknown');
    expect(world.stored()).toHaveLength(1);
    expect(await linksOf(talk)).toEqual([]);
  });

  it('that nobody looks at holds the mail for ten minutes, not longer', async () => {
    const { messageId } = await dueFollowUp(withoutLink);

    await world.send();
    world.test.clock.advance(PATIENCE - MINUTE_MS);
    await world.send();
    expect(world.stored()).toEqual([]);
    world.test.clock.advance(MINUTE_MS);
    await world.send();

    expect(world.stored()).toHaveLength(1);
    expect(await world.stateOf(messageId)).toMatchObject({ state: 'sent' });
  });

  it('on an inner address is not looked at, and holds nothing back', async () => {
    const { talk, messageId } = await dueFollowUp(withoutLink);
    await world.test.as(world.test.owner.key).patch(`/opportunities/${talk.opportunity.id}`, { pageUrl: 'http://169.254.169.254/' }, '*').expect(200);

    await world.send();
    await look();
    await world.send();

    expect(await verdictOf(messageId)).toBe('unknown');
    expect(world.stored()).toHaveLength(1);
  });

  it('is looked at before no first mail, and for no card that names none', async () => {
    const { talk } = await dueFollowUp(withLink);
    await world.test.as(world.test.owner.key).patch(`/opportunities/${talk.opportunity.id}`, { pageUrl: null }, '*').expect(200);
    const before = site.requests();

    await world.send();
    await look();

    expect(site.requests()).toBe(before);
    expect(world.stored()).toHaveLength(1);
  });

  it('still counts when an answer has cancelled the mail while the page was looked at', async () => {
    let answered: Promise<unknown> = Promise.resolve();
    const { talk, messageId } = await dueFollowUp((target) => (_request, response) => {
      answered = talk_().take(letter({ from: talk_().contact.email, inReplyTo: talk_().message.rfcMessageId, text: 'Done!' }));
      void answered.then(() => response.writeHead(200, { 'content-type': 'text/html' }).end(withLink(target)));
    });
    const talk_ = (): Talk => talk;

    await world.send();
    await look();
    await answered;

    expect(await world.stateOf(messageId)).toEqual({ state: 'cancelled', reason: 'replied' });
    expect(await linksOf(talk)).toMatchObject([{ state: 'reported' }]);
    expect(world.stored()).toEqual([]);
  });

  it('is looked at before a follow-up that a person set, too', async () => {
    const { talk, messageId, target, path } = await dueFollowUp(withoutLink);
    await world.test.as(world.test.owner.key).post(`/messages/${messageId}/cancel`).set('if-match', '*').expect(200);
    const { followUpMessageId } = await world.reply(talk, { text: 'Any news?', followUp: { afterBusinessDays: 1 } });
    await world.send();
    site.write(path, withLink(target));
    world.test.clock.advance(24 * 60 * MINUTE_MS);

    await world.send();
    await look();
    await world.send();

    expect(await world.stateOf(followUpMessageId)).toEqual({ state: 'skipped', reason: 'link_found' });
    expect(world.stored()).toHaveLength(1);
  });

  it('is looked at once more when the sequence is over', async () => {
    const { talk, messageId } = await dueFollowUp(withLink);
    await world.test.db.query(`UPDATE messages SET state = 'sent', sent_at = $3, next_at = NULL WHERE workspace_id = $1 AND id = $2`, [
      ...[world.at, messageId, TEST_START],
    ]);
    await world.test.db.query(
      `UPDATE enrollments SET step_key = (SELECT v.steps -> -1 ->> 'key' FROM sequence_versions v WHERE v.workspace_id = $1 AND v.id = sequence_version_id),
      next_at = $3 WHERE workspace_id = $1 AND id = $2`,
      [world.at, talk.enrollment.id, TEST_START],
    );

    await world.test.run('plan');
    expect((await enrollmentOf(talk)).state).toBe('finished');
    await look();
    await world.test.run('check');

    expect(await linksOf(talk)).toEqual([{ state: 'live' }]);
  });
});
