import { type Talk, type ThreadWorld, threadWorld } from '../support/thread-world.js';
import { headerOf } from '../support/misbehaving-smtp.js';
import { TEST_START } from '../support/test-app.js';
import { letter } from '../support/raw-mails.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';

// Monday 10:00 UTC: three business days later it is Thursday
const THREE_DAYS = 3 * DAY_MS;

describe('a follow-up set with an answer', () => {
  const world: ThreadWorld = threadWorld();

  it('goes out in the thread after the business days of silence, from the same mailbox', async () => {
    const talk = await world.talk();
    const { followUpMessageId, followUpAt } = await world.reply(talk, { text: 'Which day suits you?', followUp: { afterBusinessDays: 3 } });
    expect(followUpAt).toBe(new Date(TEST_START.getTime() + THREE_DAYS).toISOString());
    await world.send();
    expect(world.subjects()).toEqual(['Re: A page']);

    world.test.clock.advance(THREE_DAYS - HOUR_MS);
    await world.send();
    expect(world.stored()).toHaveLength(1);
    world.test.clock.advance(HOUR_MS);
    await world.send();

    const [answer, followUp] = world.stored();
    expect(world.subjects()).toEqual(['Re: A page', 'Re: A page']);
    expect(followUp?.raw).toContain('Still there?');
    expect(headerOf(followUp?.raw ?? '')).toContain(`In-Reply-To: <${answer?.messageId}>`);
    expect(followUp?.rcpt).toEqual([talk.contact.email]);
    expect(followUp?.from).toBe(answer?.from);
    expect(await world.stateOf(followUpMessageId)).toMatchObject({ state: 'sent' });
  });

  it.each<[string, (talk: Talk) => Buffer]>([
    ['of the person it is for', (talk) => letter({ from: talk.contact.email, inReplyTo: talk.message.rfcMessageId })],
    ['that names no mail of ours', (talk) => letter({ from: talk.contact.email, subject: 'By the way' })],
    ['of another person in the same thread', (talk) => letter({ from: 'colleague@elsewhere.example', inReplyTo: talk.message.rfcMessageId })],
  ])('is cancelled by a reply %s', async (_, write) => {
    const talk = await world.talk();
    const { followUpMessageId } = await world.reply(talk, { text: 'Which day?', followUp: { afterBusinessDays: 1 } });
    await world.send();

    await talk.take(write(talk));
    world.test.clock.advance(10 * DAY_MS);
    await world.send();

    expect(world.stored()).toHaveLength(1);
    expect(await world.stateOf(followUpMessageId)).toEqual({ state: 'cancelled', reason: 'replied' });
  });

  it('is not cancelled by a machine that answers', async () => {
    const talk = await world.talk();
    const { followUpMessageId } = await world.reply(talk, { text: 'Which day?', followUp: { afterBusinessDays: 1 } });
    await world.send();

    await talk.take(
      letter({ from: talk.contact.email, inReplyTo: talk.message.rfcMessageId, headers: ['Auto-Submitted: auto-replied'], text: 'I am away.' }),
    );
    world.test.clock.advance(DAY_MS);
    await world.send();

    expect(await world.stateOf(followUpMessageId)).toMatchObject({ state: 'sent' });
  });

  it('goes out or is cancelled, never both, when the reply comes in while it is being sent', async () => {
    for (let round = 0; round < 5; round += 1) {
      const talk = await world.talk();
      const { followUpMessageId } = await world.reply(talk, { text: 'Which day?', followUp: { afterBusinessDays: 1 } });
      await world.send();
      const before = world.stored().length;
      world.test.clock.advance(DAY_MS);

      await Promise.all([talk.take(letter({ from: talk.contact.email, inReplyTo: talk.message.rfcMessageId })), world.send()]);

      const { state } = await world.stateOf(followUpMessageId);
      expect([state, world.stored().length - before]).toEqual(state === 'sent' ? ['sent', 1] : ['cancelled', 0]);
      world.test.clock.set(TEST_START);
    }
  });

  it('waits for the answer that it follows, and counts from when that one left', async () => {
    const talk = await world.talk();
    await world.reply(talk, { text: 'Which day?', followUp: { afterBusinessDays: 1 } });
    await world.test.db.query(`UPDATE mailboxes SET state = 'needs_reconnect' WHERE workspace_id = $1 AND id = $2`, [world.at, talk.mailbox.id]);
    world.test.clock.advance(2 * DAY_MS);
    await world.test.db.query(`UPDATE mailboxes SET state = 'connected', due_at = $3, next_at = $3 WHERE workspace_id = $1 AND id = $2`, [
      world.at,
      talk.mailbox.id,
      TEST_START,
    ]);

    await world.send();
    expect(world.stored()).toHaveLength(1);
    world.test.clock.advance(DAY_MS - HOUR_MS);
    await world.send();
    expect(world.stored()).toHaveLength(1);
    world.test.clock.advance(HOUR_MS);
    await world.send();
    expect(world.stored()).toHaveLength(2);
  });

  it('is not sent when the answer that it follows was called back', async () => {
    const talk = await world.talk();
    const { messageId, followUpMessageId } = await world.reply(talk, { text: 'Which day?', followUp: { afterBusinessDays: 1 } });
    await world.test.as(world.test.owner.key).post(`/messages/${messageId}/cancel`).set('if-match', '*').expect(200);

    world.test.clock.advance(DAY_MS);
    await world.send();

    expect(await world.stateOf(followUpMessageId)).toEqual({ state: 'cancelled', reason: 'followed_mail_not_sent' });
    expect(world.stored()).toHaveLength(0);
  });

  it('never reaches somebody who was erased, even where no event has cancelled it', async () => {
    const talk = await world.talk();
    const { followUpMessageId } = await world.reply(talk, { text: 'Which day?', followUp: { afterBusinessDays: 1 } });
    await world.send();
    await world.test.db.query('UPDATE contacts SET erased_at = $3 WHERE workspace_id = $1 AND id = $2', [world.at, talk.contact.id, TEST_START]);

    world.test.clock.advance(DAY_MS);
    await world.send();

    expect(world.stored()).toHaveLength(1);
    expect(await world.stateOf(followUpMessageId)).toEqual({ state: 'cancelled', reason: 'contact_erased' });
  });

  it('says in its explanation what it waits for', async () => {
    const talk = await world.talk();
    const { followUpMessageId } = await world.reply(talk, { text: 'Which day?', followUp: { afterBusinessDays: 3 } });

    const gate = async () => (await world.explain(followUpMessageId)).gates.find(({ code }) => code === 'follow_up');
    expect(await gate()).toMatchObject({ open: false, opensAt: null, detail: 'The mail that it follows has not left yet.' });
    await world.send();
    expect(await gate()).toMatchObject({ open: false, opensAt: new Date(TEST_START.getTime() + THREE_DAYS).toISOString() });
  });
});

describe('whose turn it is at a card', () => {
  const world: ThreadWorld = threadWorld();

  it('is ours from their reply on, theirs from our answer on', async () => {
    const talk = await world.talk();
    expect(await world.turnOf(talk)).toEqual({ waitingOn: 'us', waitingSince: TEST_START.toISOString() });

    world.test.clock.advance(HOUR_MS);
    await world.reply(talk, { text: 'Gladly.' });
    expect((await world.turnOf(talk)).waitingOn).toBe('us');
    await world.send();
    expect(await world.turnOf(talk)).toEqual({ waitingOn: 'them', waitingSince: new Date(TEST_START.getTime() + HOUR_MS).toISOString() });
  });

  it('counts from the first mail that nobody has answered', async () => {
    const talk = await world.talk();
    world.test.clock.advance(HOUR_MS);

    await talk.take(letter({ from: talk.contact.email, inReplyTo: talk.message.rfcMessageId, text: 'One more thing.' }));

    expect(await world.turnOf(talk)).toEqual({ waitingOn: 'us', waitingSince: TEST_START.toISOString() });
  });

  it('is nobody’s once the card is closed', async () => {
    const talk = await world.talk();

    await world.test.as(world.test.owner.key).post(`/threads/${talk.message.threadId}/classify`, { class: 'declined' }).expect(200);

    expect(await world.turnOf(talk)).toEqual({ waitingOn: null, waitingSince: null });
  });

  it('is theirs again when a person says that a machine wrote', async () => {
    const talk = await world.talk();

    await world.test.as(world.test.owner.key).post(`/threads/${talk.message.threadId}/classify`, { class: 'auto' }).expect(200);

    expect((await world.turnOf(talk)).waitingOn).toBe('them');
  });
});
