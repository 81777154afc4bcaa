import { InboundMails } from '../../src/modules/inbox/inbound-mails.service.js';
import {
  makeBacklink,
  makeCampaign,
  makeContact,
  makeEnrollment,
  makeMailbox,
  makeMessage,
  makeOpportunity,
  makePitch,
  makeProject,
  makeProspect,
  makeTargetPage,
} from '../support/factories.js';
import { article, startFixtureSite, type FixtureSite } from '../support/fixture-site.js';
import { letter } from '../support/raw-mails.js';
import { settled } from '../support/settled.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { startReceiver } from '../support/webhook-receiver.js';

const TARGET = 'https://shop.example/guide';
const LINK = `<a href="${TARGET}">the guide</a>`;

describe('a page that somebody names as live', () => {
  let test: TestApp;
  let site: FixtureSite;
  let campaignId: string;
  let prospectId: string;
  let pages = 0;

  beforeAll(async () => {
    [test, site] = await Promise.all([createTestApp(), startFixtureSite()]);
    const { workspaceId } = test.owner;
    const project = await makeProject(test.db, workspaceId, { url: 'https://shop.example/', domain: 'shop.example' });
    const page = await makeTargetPage(test.db, workspaceId, { projectId: project.id, url: TARGET });
    campaignId = (await makeCampaign(test.db, workspaceId, { projectId: project.id, targetPageId: page.id })).id;
    prospectId = (await makeProspect(test.db, workspaceId, { domain: site.domain, url: site.origin })).id;
  });

  afterAll(async () => {
    await test.close();
    await site.close();
  });

  /** A card in contact, whose last one made room, with a mail of ours and a way to answer it. */
  async function talk() {
    const { db, owner } = test;
    const at = owner.workspaceId;
    await db.query('DELETE FROM backlinks WHERE workspace_id = $1', [at]);
    await db.query('DELETE FROM tasks WHERE workspace_id = $1', [at]);
    await db.query('DELETE FROM opportunities WHERE workspace_id = $1', [at]);
    const card = await makeOpportunity(db, at, { campaignId, prospectId, stage: 'contacting' });
    const contact = await makeContact(db, at, { prospectId });
    const mailbox = await makeMailbox(db, at);
    const place = { opportunityId: card.id, contactId: contact.id, mailboxId: mailbox.id, stepKey: 'first', nextAt: null };
    const enrollment = await makeEnrollment(db, at, place);
    const sent = { enrollmentId: enrollment.id, mailboxId: mailbox.id, toAddress: contact.email, state: 'sent' as const, nextAt: null };
    const message = await makeMessage(db, at, { ...sent, sentAt: test.clock.now() });
    const mail = (text: string) => letter({ from: contact.email, inReplyTo: message.rfcMessageId, text });
    const take = (raw: Buffer) => test.app.get(InboundMails).receive(owner.actor, mailbox.id, raw);
    return { card, message, mail, take };
  }

  const live = (): string => {
    const path = `/live-${(pages += 1)}`;
    site.write(path, article(LINK));
    return site.origin + path;
  };
  const links = (): Promise<{ source_url: string; state: string }[]> =>
    test.db.query('SELECT source_url, state FROM backlinks WHERE workspace_id = $1 ORDER BY id', [test.owner.workspaceId]);
  const notes = async (id: string): Promise<string[]> =>
    (await test.db.query<{ text: string }[]>('SELECT text FROM notes WHERE workspace_id = $1 AND subject_id = $2', [test.owner.workspaceId, id])).map(
      ({ text }) => text,
    );

  it('in an answer is checked at once, and stands at the card', async () => {
    const { card, mail, take } = await talk();
    const url = live();

    await take(mail(`It is live now: ${url}.\n\nOn Mon, Ann <ann@shop.example> wrote:\n> ${site.origin}/quoted/page`));
    await test.run('news');
    await test.run('check');

    expect(await links()).toEqual([{ source_url: url, state: 'live' }]);
    expect(await notes(card.id)).toEqual([`An answer names this page as live: ${url}`]);
    const { body } = await test.as(test.owner.key).get(`/opportunities/${card.id}`).expect(200);
    expect(body.stage).toBe('live');
    const events = await test.db.query(`SELECT type FROM events WHERE workspace_id = $1 AND type = 'backlink.live' AND opportunity_id = $2`, [
      test.owner.workspaceId,
      card.id,
    ]);
    expect(events).toHaveLength(1);
  });

  it('by answer, page and API is verified at once, each told of by one signed webhook', async () => {
    const { card, mail, take } = await talk();
    await settled(test.db);
    await test.run('dispatch'); // what other tests left is not for this endpoint
    const receiver = await startReceiver();
    const api = test.as(test.owner.key);
    const { secret } = (await api.post('/webhook-endpoints', { url: receiver.url, eventTypes: ['backlink.live'] }).expect(201)).body as {
      secret: string;
    };
    const { body: made } = await api.post(`/opportunities/${card.id}/report-links`, {}).expect(201);
    const [first, second, third] = [live(), live(), live()];

    await take(mail(`Here it is: ${first}`));
    await test.run('news');
    await test.run('check');
    const page = { answered: false };
    const shown = test
      .request()
      .post(new URL(made.url).pathname)
      .type('form')
      .send({ url: second })
      .then(({ text }) => {
        page.answered = true;
        return text;
      });
    while (!page.answered) await test.run('check');
    await api.post('/backlinks', { sourceUrl: third, targetUrl: TARGET, opportunityId: card.id }).expect(202);
    await test.run('check');
    await settled(test.db);
    await test.run('dispatch');
    await test.run('deliver');
    await receiver.close();

    expect(await shown).toContain('We have found the link.');
    expect(await links()).toEqual([first, second, third].map((source_url) => ({ source_url, state: 'live' })));
    expect(secret).toMatch(/^whsec_/);
    expect(receiver.posts).toHaveLength(3);
    for (const { headers } of receiver.posts) expect(headers['webhook-signature']).toMatch(/^v1,/);
  });

  it('in the same answer twice, and again by the page and the API at once, is one link', async () => {
    const { card, mail, take } = await talk();
    const url = live();
    const raw = mail(`Here: ${url}`);
    const api = test.as(test.owner.key);
    const { body: made } = await api.post(`/opportunities/${card.id}/report-links`, {}).expect(201);

    await take(raw);
    await take(raw);
    const typed = test.request().post(new URL(made.url).pathname).type('form').send({ url });
    await Promise.all([
      test.run('news'),
      test.run('news'),
      api.post('/backlinks', { sourceUrl: url, targetUrl: TARGET, opportunityId: card.id }).expect(({ status }) => {
        expect([200, 202]).toContain(status);
      }),
      typed.then(() => undefined),
      test.run('check'),
    ]);
    await test.run('check');

    expect(await links()).toEqual([{ source_url: url, state: 'live' }]);
    expect(await test.db.query('SELECT id FROM link_news WHERE workspace_id = $1', [test.owner.workspaceId])).toEqual([]);
  });

  it('on another website is left to a member, unfetched', async () => {
    const { card, mail, take } = await talk();
    const requests = site.requests();

    await take(mail('We put it on https://elsewhere.example/post, and you are https://shop.example/guide. Home: ' + site.origin + '/'));
    await test.run('news');

    expect(await links()).toEqual([]);
    expect(site.requests()).toBe(requests);
    expect(await notes(card.id)).toEqual(['Named in an answer, on another website: https://elsewhere.example/post']);
    const tasks = await test.db.query(`SELECT kind FROM tasks WHERE workspace_id = $1 AND opportunity_id = $2 AND kind = 'reported_elsewhere'`, [
      test.owner.workspaceId,
      card.id,
    ]);
    expect(tasks).toHaveLength(1);
  });

  it('is one of three at most of an answer', async () => {
    const { mail, take } = await talk();

    await take(mail([live(), live(), live(), live(), live()].join('\n')));
    await test.run('news');

    expect(await links()).toHaveLength(3);
  });

  it('counts for nothing in the mail of a machine', async () => {
    const { message, take } = await talk();
    const headers = ['Auto-Submitted: auto-replied'];

    await take(letter({ from: message.toAddress, inReplyTo: message.rfcMessageId, headers, text: `I am away, see ${live()}` }));
    await test.run('news');

    expect(await links()).toEqual([]);
  });

  it('with a pitch is a report, though no link was promised', async () => {
    const { card } = await talk();
    const url = live();
    const pitch = await makePitch(test.db, test.owner.workspaceId, { opportunityId: card.id, state: 'scheduled' });

    await test.as(test.owner.key).post(`/pitches/${pitch.id}/moves`, { to: 'published_reported', liveUrl: url }).set('if-match', '*').expect(200);
    await test.run('news');
    await test.run('check');

    expect(await links()).toEqual([{ source_url: url, state: 'live' }]);
  });

  it('with a pitch fills the link that was promised', async () => {
    const { card } = await talk();
    const url = live();
    await makeBacklink(test.db, test.owner.workspaceId, {
      ...{ opportunityId: card.id, targetUrl: TARGET, targetKey: TARGET, state: 'expected', nextAt: null, sourceKey: null },
      sourceUrl: null as unknown as string,
    });
    const pitch = await makePitch(test.db, test.owner.workspaceId, { opportunityId: card.id, state: 'scheduled' });

    await test.as(test.owner.key).post(`/pitches/${pitch.id}/moves`, { to: 'published_reported', liveUrl: url }).set('if-match', '*').expect(200);
    await test.run('news');
    await test.run('check');

    expect(await links()).toEqual([{ source_url: url, state: 'live' }]);
  });
});
