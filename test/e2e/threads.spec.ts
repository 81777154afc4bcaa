import { makeMember, TEST_START } from '../support/test-app.js';
import { makeMailbox, makeMessage, makeTemplate } from '../support/factories.js';
import { letter } from '../support/raw-mails.js';
import { type Talk, threadWorld } from '../support/thread-world.js';
import { DAY_MS } from '../../src/platform/clock.js';
import { parseInbound } from '../../src/platform/mail/inbound/parse-inbound.js';
import { newId } from '../../src/platform/ids.js';

const world = threadWorld();
const api = () => world.test.as(world.test.owner.key);
const reply = (talk: Talk, body: object) => api().post(`/threads/${talk.message.threadId}/reply`, body);
/** A conversation that somebody began by a mail of theirs. */
const begunByThem = async () => {
  const { contact } = await world.talk({ answered: false });
  const mailbox = await makeMailbox(world.test.db, world.at, { smtpPort: world.sink.port, signature: 'Ann of Tea', gapSeconds: 0 });
  const thread = { threadId: newId(), mailboxId: mailbox.id, direction: 'in', class: 'human', fromAddress: contact.email };
  await makeMessage(world.test.db, world.at, { ...thread, state: 'received', contactId: contact.id, nextAt: null });
  return { contact, threadId: thread.threadId };
};
const queued = async (): Promise<number> => {
  const [row] = await world.test.db.query<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM messages WHERE workspace_id = $1 AND source = 'person'`,
    [world.at],
  );
  return row?.count ?? 0;
};

describe('GET /threads', () => {
  it('shows each conversation once, by its newest mail, and finds those to answer', async () => {
    const [open, silent] = [await world.talk(), await world.talk({ answered: false })];

    const all = (await api().get('/threads').expect(200)).body.data as { id: string; waitingOn: string }[];
    const ours = (await api().get('/threads?filter[waitingOn]=us').expect(200)).body.data as { id: string }[];

    expect(all.filter(({ id }) => id === open.message.threadId)).toMatchObject([
      {
        subject: 'Re: A page',
        lastDirection: 'in',
        lastClass: 'human',
        waitingOn: 'us',
        opportunityId: open.opportunity.id,
        contactId: open.contact.id,
      },
    ]);
    expect(all.filter(({ id }) => id === silent.message.threadId)).toMatchObject([{ lastDirection: 'out', waitingOn: 'them' }]);
    expect(ours.map(({ id }) => id)).toContain(open.message.threadId);
    expect(ours.map(({ id }) => id)).not.toContain(silent.message.threadId);
  });

  it('leaves out what waits to be sent', async () => {
    const talk = await world.talk();
    await reply(talk, { text: 'Gladly.' }).expect(201);

    const [thread] = (await api().get(`/threads?filter[opportunityId]=${talk.opportunity.id}`).expect(200)).body.data as object[];

    expect(thread).toMatchObject({ lastDirection: 'in', waitingOn: 'us' });
  });

  it('goes through all pages without one twice', async () => {
    await world.talk();
    await world.talk();
    const seen: string[] = [];
    for (let after = ''; ;) {
      const { body } = await api().get(`/threads?limit=1${after}`).expect(200);
      seen.push(...(body.data as { id: string }[]).map(({ id }) => id));
      if (!body.hasMore) break;
      after = `&after=${body.nextCursor}`;
    }

    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(1);
  });

  it('shows a member of some projects only theirs', async () => {
    const [theirs, other] = [await world.talk(), await world.talk()];
    const key = await world.test.makeKey('member', { projectIds: [theirs.opportunity.projectId] });

    const ids = ((await world.test.as(key).get('/threads').expect(200)).body.data as { id: string }[]).map(({ id }) => id);

    expect(ids).toEqual([theirs.message.threadId]);
    await world.test.as(key).post(`/threads/${other.message.threadId}/reply`, { text: 'Hello' }).expect(404);
    await world.test.as(key).post(`/threads/${other.message.threadId}/assign`, { assigneeId: null }).expect(404);
  });
});

describe('POST /threads/{id}/assign', () => {
  it('gives the thread and its open answer to a member, and back to the owner of the card', async () => {
    const talk = await world.talk();
    const { memberId } = await makeMember(world.test.db, world.at, 'member');
    await api().patch(`/opportunities/${talk.opportunity.id}`, { ownerId: world.test.owner.memberId }, '*').expect(200);

    const given = await api().post(`/threads/${talk.message.threadId}/assign`, { assigneeId: memberId }).expect(200);
    const mine = await api().get(`/threads?filter[assigneeId]=${memberId}`).expect(200);
    const [task] = (await api().get(`/tasks?filter[opportunityId]=${talk.opportunity.id}`).expect(200)).body.data as { assigneeId: string }[];
    const back = await api().post(`/threads/${talk.message.threadId}/assign`, { assigneeId: null }).expect(200);

    expect(given.body.assigneeId).toBe(memberId);
    expect(mine.body.data).toMatchObject([{ id: talk.message.threadId, assigneeId: memberId }]);
    expect(task?.assigneeId).toBe(memberId);
    expect(back.body.assigneeId).toBe(world.test.owner.memberId);
  });

  it.each([
    [400, {}],
    [400, { assigneeId: 'ann' }],
    [404, { assigneeId: newId() }],
  ])('answers %i to %j', async (status, body) => {
    const talk = await world.talk();

    const response = await api().post(`/threads/${talk.message.threadId}/assign`, body).expect(status);

    expect(response.body.errors).toMatchObject([{ pointer: '/assigneeId' }]);
  });
});

describe('POST /threads/{id}/reply', () => {
  it('writes to whoever wrote last, in the thread, and ends the task to answer', async () => {
    const talk = await world.talk();

    const { body } = await reply(talk, { text: 'Gladly.\nAnn', html: '<p>Gladly.</p>' }).expect(201);
    const mail = (await api().get(`/messages/${body.messageId}`).expect(200)).body;
    const tasks = (await api().get(`/tasks?filter[opportunityId]=${talk.opportunity.id}&filter[state]=open`).expect(200)).body.data;

    expect(body).toMatchObject({ threadId: talk.message.threadId, followUpMessageId: null, followUpAt: null });
    expect(mail).toMatchObject({
      ...{ source: 'person', state: 'scheduled', toAddress: talk.contact.email, fromAddress: talk.mailbox.fromAddress, mailboxId: talk.mailbox.id },
      ...{ subject: 'Re: A page', text: 'Gladly.\nAnn', html: '<p>Gladly.</p>', threadId: talk.message.threadId, commercial: true },
    });
    expect(mail.referenceIds[0]).toBe(talk.message.rfcMessageId);
    expect([mail.inReplyTo]).toEqual((mail.referenceIds as string[]).slice(-1));
    expect(tasks).toEqual([]);
  });

  it('asks for no opt-out in a conversation that they began', async () => {
    const { threadId } = await begunByThem();

    const { body } = await api().post(`/threads/${threadId}/reply`, { text: 'Welcome.' }).expect(201);

    expect((await api().get(`/messages/${body.messageId}`).expect(200)).body.commercial).toBe(false);
  });

  it('signs what a template says to them there, and ends it with no address and no opt-out', async () => {
    const { contact, threadId } = await begunByThem();
    const template = await makeTemplate(world.test.db, world.at, { text: 'Hello {{contact.firstName}}', html: '<p>Hello {{contact.firstName}}</p>' });
    const body = { templateId: template.id, followUp: { templateId: template.id, afterBusinessDays: 1 } };

    await api().post(`/threads/${threadId}/reply`, body).expect(201);
    await world.send();
    world.test.clock.advance(DAY_MS);
    await world.send();

    expect(world.stored()).toHaveLength(2);
    for (const { raw, rcpt } of world.stored()) {
      expect(rcpt).toEqual([contact.email]);
      const mail = await parseInbound(Buffer.from(raw, 'latin1'));
      expect(mail.text?.trimEnd()).toBe(`Hello Ada\n\n-- \nAnn of Tea`);
      expect(mail.html).toContain(`<p>Hello Ada</p><p>Ann of Tea</p>`);
      expect(`${raw}${mail.text ?? ''}${mail.html ?? ''}`).not.toMatch(/List-Unsubscribe|\/u\/|Leaf Lane/i);
    }
  });

  it('fills in a template', async () => {
    const talk = await world.talk();
    const template = await makeTemplate(world.test.db, world.at, { text: 'Hello {{contact.firstName}} again' });

    const { body } = await reply(talk, { templateId: template.id }).expect(201);

    const mail = (await api().get(`/messages/${body.messageId}`).expect(200)).body;
    expect(mail).toMatchObject({ text: expect.stringMatching(/^Hello Ada again\n\n1 Leaf Lane, Teatown\n/), subject: 'Re: A page' });
  });

  it('queues nothing of an answer whose follow-up lacks a value', async () => {
    const talk = await world.talk();
    const template = await makeTemplate(world.test.db, world.at, { text: 'As {{contact.role}}, what do you say?' });
    const before = await queued();

    const { body } = await reply(talk, { text: 'Gladly.', followUp: { templateId: template.id, afterBusinessDays: 2 } }).expect(422);

    expect(body).toMatchObject({
      code: 'values_missing',
      errors: [{ pointer: '/followUp/templateId', detail: expect.stringContaining('contact.role') }],
    });
    expect(await queued()).toBe(before);
  });

  it.each([
    ['nothing', {}, 422, 'text_needed'],
    ['blanks', { text: '  ' }, 422, 'text_needed'],
    ['HTML alone', { html: '<p>Hi</p>' }, 422, 'text_needed'],
    ['a place to fill in', { text: 'Hello [name]' }, 422, 'placeholders_left'],
    ['a template that is not there', { templateId: newId() }, 404, 'not_found'],
    ['a follow-up after no day', { text: 'Hi', followUp: { templateId: newId(), afterBusinessDays: 0 } }, 400, 'invalid_request'],
    ['a follow-up without a template', { text: 'Hi', followUp: { afterBusinessDays: 1 } }, 400, 'invalid_request'],
  ])('refuses %s', async (_, body, status, code) => {
    const talk = await world.talk();

    expect((await reply(talk, body).expect(status)).body.code).toBe(code);
  });

  it.each([
    ['erased', 'contact_erased', (talk: Talk) => ['UPDATE contacts SET erased_at = now() WHERE workspace_id = $1 AND id = $2', talk.contact.id]],
    [
      'not to be reached',
      'undeliverable',
      (talk: Talk) => ['UPDATE contacts SET undeliverable_at = now() WHERE workspace_id = $1 AND id = $2', talk.contact.id],
    ],
    [
      'to be let alone',
      'contact_blocked',
      (talk: Talk) => ['UPDATE opportunities SET contact_blocked = true WHERE workspace_id = $1 AND id = $2', talk.opportunity.id],
    ],
  ] as const)('refuses to write to somebody who is %s', async (_, code, change) => {
    const talk = await world.talk();
    const [sql = '', id] = change(talk);
    await world.test.db.query(sql, [world.at, id]);

    expect((await reply(talk, { text: 'Gladly.' }).expect(409)).body.code).toBe(code);
  });

  it('refuses to write to a suppressed address', async () => {
    const talk = await world.talk();
    await api().post('/suppressions', { kind: 'address', value: talk.contact.email, reason: 'asked' }).expect(201);

    const { body } = await reply(talk, { text: 'Gladly.' }).expect(409);

    expect(['suppressed', 'contact_blocked']).toContain(body.code);
  });

  it('makes one mail of a call that is repeated', async () => {
    const talk = await world.talk();
    const send = () => reply(talk, { text: 'Gladly.' }).set('idempotency-key', `reply-${talk.opportunity.id}`).expect(201);

    const [first, second] = [await send(), await send()];

    expect(second.body).toEqual(first.body);
  });
});

describe('opportunities to look at again', () => {
  it('are found by whose turn it is and by the day', async () => {
    const talk = await world.talk();
    const { body } = await api().patch(`/opportunities/${talk.opportunity.id}`, { nextActionOn: '2026-11-05' }, '*').expect(200);
    const found = async (query: string) =>
      ((await api().get(`/opportunities?${query}`).expect(200)).body.data as { id: string }[]).some(({ id }) => id === talk.opportunity.id);

    expect(body).toMatchObject({ nextActionOn: '2026-11-05', waitingOn: 'us' });
    expect(await found('filter[waitingOn]=us')).toBe(true);
    expect(await found('filter[waitingOn]=them')).toBe(false);
    expect(await found('filter[nextActionOn][lte]=2026-11-05')).toBe(true);
    expect(await found('filter[nextActionOn][lt]=2026-11-05')).toBe(false);
    expect(await found('filter[waitingSince][gte]=2026-11-02')).toBe(true);
    await talk.take(letter({ from: talk.contact.email, inReplyTo: talk.message.rfcMessageId }));
  });

  it.each(['2026-02-30', 'tomorrow', '2026-11-05T00:00:00Z'])('refuse %s as a day', async (nextActionOn) => {
    const talk = await world.talk({ answered: false });

    await api().patch(`/opportunities/${talk.opportunity.id}`, { nextActionOn }, '*').expect(400);
  });
});

describe('POST /tasks', () => {
  it('puts down work at a card, for its owner unless somebody else is named, and more than one', async () => {
    const { opportunity } = await world.talk({ answered: false });
    const { memberId } = await makeMember(world.test.db, world.at, 'member');
    await api().patch(`/opportunities/${opportunity.id}`, { ownerId: memberId }, '*').expect(200);
    const make = (body: object) => api().post('/tasks', { opportunityId: opportunity.id, ...body });

    const first = await make({ title: 'Call them', dueAt: '2026-11-05T09:00:00Z' }).expect(201);
    const second = await make({ title: 'Send the draft', assigneeId: world.test.owner.memberId }).expect(201);
    await api().patch(`/tasks/${first.body.id}`, { done: true }, '*').expect(200);

    expect(first.body).toMatchObject({ kind: 'todo', title: 'Call them', assigneeId: memberId, projectId: opportunity.projectId, doneAt: null });
    expect(first.body.dueAt).toBe('2026-11-05T09:00:00.000Z');
    expect(second.body).toMatchObject({ assigneeId: world.test.owner.memberId, dueAt: TEST_START.toISOString() });
  });

  it.each([
    [400, {}, '/title'],
    [400, { title: 'two\nlines' }, '/title'],
    [400, { title: 'Call', dueAt: 'tomorrow' }, '/dueAt'],
    [404, { title: 'Call', assigneeId: newId() }, '/assigneeId'],
    [404, { title: 'Call', opportunityId: newId() }, '/opportunityId'],
  ])('answers %i to %j', async (status, body, pointer) => {
    const { opportunity } = await world.talk({ answered: false });

    const response = await api()
      .post('/tasks', { opportunityId: opportunity.id, ...body })
      .expect(status);

    expect(response.body.errors).toMatchObject([{ pointer }]);
  });
});
