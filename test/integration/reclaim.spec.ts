import { Reclaim } from '../../src/modules/backlinks/watch/reclaim.service.js';
import { makeCampaign, makeContact, makeEnrollment, makeMailbox, makeMessage, makeOpportunity } from '../support/factories.js';
import { answerStatus, article } from '../support/fixture-site.js';
import { LINK, linkWatch } from '../support/link-watch.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Draft {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly in_reply_to: string;
  readonly reference_ids: string[];
  readonly subject: string;
  readonly text: string;
  readonly thread_id: string;
  readonly to_address: string;
  readonly mailbox_id: string;
}

describe('a link that was lost or changed', () => {
  const watch = linkWatch();
  const at = (): string => watch.test.owner.workspaceId;
  const sql = <T>(text: string, ...values: unknown[]): Promise<T[]> => watch.test.db.query(text, [at(), ...values]);

  /** A card whose link is live, agreed on in a thread of two mails. */
  async function agreed({ page = article(LINK), expectedRel }: { page?: string; expectedRel?: ['follow'] } = {}) {
    const { db, clock } = watch.test;
    const [project] = await sql<{ id: string }>(`SELECT id FROM projects WHERE workspace_id = $1 AND domain = 'shop.example'`);
    const campaign = await makeCampaign(db, at(), { projectId: project?.id ?? '' });
    const card = await makeOpportunity(db, at(), { campaignId: campaign.id, stage: 'awaiting_live' });
    const contact = await makeContact(db, at(), { prospectId: card.prospectId });
    const mailbox = await makeMailbox(db, at());
    const place = { opportunityId: card.id, contactId: contact.id, mailboxId: mailbox.id, stepKey: 'first', nextAt: null, state: 'replied' as const };
    const enrollment = await makeEnrollment(db, at(), place);
    const sent = { enrollmentId: enrollment.id, mailboxId: mailbox.id, toAddress: contact.email, state: 'sent' as const, nextAt: null };
    const message = await makeMessage(db, at(), { ...sent, sentAt: clock.now() });
    const theirs = await makeMessage(db, at(), {
      ...{ mailboxId: mailbox.id, toAddress: 'ann@shop.example', fromAddress: contact.email, direction: 'in', state: 'received', nextAt: null },
      ...{ class: 'human', threadId: message.threadId, opportunityId: card.id, contactId: contact.id, createdAt: clock.now() },
      referenceIds: [message.rfcMessageId],
    });
    const link = await watch.reported(page, { opportunityId: card.id, ...(expectedRel && { expectedRel }) });
    await watch.look();
    await watch.test.run('reclaim');
    return { card, contact, mailbox, message, theirs, link };
  }

  const drafts = (id: string): Promise<Draft[]> =>
    sql('SELECT * FROM messages WHERE workspace_id = $1 AND reclaims_backlink_id = $2 ORDER BY id', id);
  const tasks = async (id: string): Promise<string[]> =>
    (await sql<{ kind: string }>('SELECT kind FROM tasks WHERE workspace_id = $1 AND subject_id = $2 ORDER BY kind', id)).map(({ kind }) => kind);

  async function lose(link: { readonly id: string; readonly path: string }): Promise<void> {
    watch.site.write(link.path, answerStatus(404));
    await watch.look(8 * DAY);
    await watch.look(2 * HOUR);
    await watch.look(8 * HOUR);
    expect(await watch.read(link.id)).toMatchObject({ state: 'lost' });
  }

  it('is asked for in the thread where it was agreed, once, and sent by nobody', async () => {
    const { contact, mailbox, message, theirs, link } = await agreed();
    expect(await drafts(link.id)).toEqual([]);

    await lose(link);
    await Promise.all([watch.test.run('reclaim'), watch.test.app.get(Reclaim).draftOne()]);
    await watch.test.run('send');

    const [draft, ...more] = await drafts(link.id);
    expect(more).toEqual([]);
    expect(draft).toMatchObject({
      ...{ state: 'draft', thread_id: message.threadId, to_address: contact.email, mailbox_id: mailbox.id },
      ...{ in_reply_to: theirs.rfcMessageId, reference_ids: [message.rfcMessageId, theirs.rfcMessageId], subject: 'Re: A page' },
    });
    expect(draft?.text).toContain(watch.site.origin + link.path);
    expect(draft?.text).toContain('The link is no longer there.');
    expect(await tasks(link.id)).toEqual(['link_lost']);
  });

  it('is told what has changed', async () => {
    const { link } = await agreed({ expectedRel: ['follow'] });
    watch.site.write(link.path, article(LINK.replace('<a ', '<a rel="nofollow" ')));

    await watch.look(8 * DAY);
    await watch.look(8 * DAY);
    await watch.test.run('reclaim');

    expect(await watch.read(link.id)).toMatchObject({ state: 'degraded' });
    const [draft] = await drafts(link.id);
    expect(draft?.text).toContain('- The link is marked rel="nofollow".');
    expect(await tasks(link.id)).toContain('link_degraded');
  });

  it('takes its unsent draft away when it is back', async () => {
    const { link } = await agreed();
    await lose(link);
    await watch.test.run('reclaim');

    watch.site.write(link.path, article(LINK));
    await watch.look(2 * DAY);
    await watch.test.run('reclaim');

    expect(await watch.read(link.id)).toMatchObject({ state: 'live' });
    expect(await drafts(link.id)).toEqual([expect.objectContaining({ state: 'cancelled', state_reason: 'link_recovered' })]);
    await lose(link);
    await watch.test.run('reclaim');
    expect((await drafts(link.id)).map(({ state }) => state)).toEqual(['cancelled', 'draft']);
  });

  it.each([
    [
      'a suppressed contact',
      (email: string) => watch.test.as(watch.test.owner.key).post('/suppressions', { kind: 'address', value: email, reason: 'asked' }).expect(201),
    ],
    ['an erased contact', (_: string, id: string) => sql('UPDATE contacts SET erased_at = now() WHERE workspace_id = $1 AND id = $2', id)],
    [
      'an undeliverable contact',
      (_: string, id: string) => sql('UPDATE contacts SET undeliverable_at = now() WHERE workspace_id = $1 AND id = $2', id),
    ],
  ])('leaves only a task for %s', async (_, stop) => {
    const { contact, link } = await agreed();
    await stop(contact.email, contact.id);

    await lose(link);
    await watch.test.run('reclaim');

    expect(await drafts(link.id)).toEqual([]);
    expect(await tasks(link.id)).toEqual(['link_lost']);
  });

  it('leaves only a task where nobody ever wrote', async () => {
    const link = await watch.reported(article(LINK));
    await watch.look();

    await lose(link);
    await watch.test.run('reclaim');

    expect(await drafts(link.id)).toEqual([]);
    expect(await tasks(link.id)).toEqual(['link_lost']);
  });
});

describe('a term that ends', () => {
  const watch = linkWatch();

  it('is warned of 14, 7 and 2 days before, once each, and anew when it moves', async () => {
    const { test } = watch;
    const { workspaceId } = test.owner;
    const { id } = await watch.reported(article(LINK));
    await watch.look();
    const set = (days: number) =>
      test.db.query('UPDATE backlinks SET expires_at = $3 WHERE workspace_id = $1 AND id = $2', [
        ...[workspaceId, id, new Date(test.clock.now().getTime() + days * DAY)],
      ]);
    const warned = async (afterDays: number): Promise<string[]> => {
      test.clock.advance(afterDays * DAY);
      await test.run('expiry');
      await test.run('expiry');
      const found = await test.db.query<{ title: string; done_at: Date | null }[]>(
        `SELECT title, done_at FROM tasks WHERE workspace_id = $1 AND subject_id = $2 AND kind = 'link_ends_soon' ORDER BY id`,
        [workspaceId, id],
      );
      expect(found.filter(({ done_at }) => done_at === null).length).toBeLessThanOrEqual(1);
      return found.map(({ title }) => /within (\d+) days/.exec(title)?.[1] ?? '');
    };
    await set(20);

    expect(await warned(5)).toEqual([]);
    expect(await warned(1)).toEqual(['14']);
    expect(await warned(3)).toEqual(['14']);
    expect(await warned(4)).toEqual(['14', '7']);
    expect(await warned(5)).toEqual(['14', '7', '2']);
    expect(await warned(1)).toEqual(['14', '7', '2']);
    await set(5);
    expect(await warned(0)).toEqual(['14', '7', '2', '7']);
  });
});
