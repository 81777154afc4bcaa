import { newId } from '../../src/platform/ids.js';
import { makeMailbox } from '../support/factories.js';
import { sendingWorld } from '../support/sending-world.js';

const world = sendingWorld();

/** That many mails left the mailbox today. */
async function sentToday(mailboxId: string, count: number): Promise<void> {
  await world.test.db.query(
    `INSERT INTO messages (workspace_id, id, created_at, mailbox_id, rfc_message_id, thread_id, direction, source, state, state_changed_at, sent_at, from_address, to_address)
     SELECT $1, gen_random_uuid(), $4::timestamptz, $2, gen_random_uuid() || '@shop.example', gen_random_uuid(), 'out', 'person', 'sent', $4, $4, 'a@shop.example', 'b@leaf.example'
       FROM generate_series(1, $3)`,
    [world.workspaceId, mailboxId, count, world.test.clock.now()],
  );
}

const box = async (host: string): Promise<string> =>
  (
    await makeMailbox(world.test.db, world.workspaceId, {
      ...{ fromAddress: `ann-${newId()}@${host}`, smtpPort: world.sink.port },
      perDay: 6000,
      perHour: 6000,
    })
  ).id;

it('closes a domain that is not ready after 5,000 mails a day, its subdomains counted along', async () => {
  const [own, sister] = [await box('news.tea-volume.com'), await box('tea-volume.com')];
  await sentToday(sister, 4999);
  const [first, second] = [await world.planned({ mailboxId: own }), await world.planned({ mailboxId: own })];

  await world.test.run('send');

  const states = [(await world.now(first)).state, (await world.now(second)).state].sort();
  expect(states).toEqual(['scheduled', 'sent']);
  const waiting = (await world.now(first)).state === 'scheduled' ? first : second;
  const { body } = await world.test.as(world.test.owner.key).get(`/messages/${waiting.messageId}/explain`).expect(200);
  expect(body.gates).toContainEqual({
    ...{ code: 'domain_readiness', open: false, opensAt: '2026-11-03T00:00:00.000Z', detail: expect.stringContaining('SPF, DKIM and DMARC') },
  });
});

it('counts no room twice when mailboxes of the domain take their turns at once', async () => {
  const boxes = [await box('tea-race.com'), await box('mail.tea-race.com'), await box('tea-race.com')];
  await sentToday(boxes[0] ?? '', 4998);
  for (const mailboxId of boxes) for (let mail = 0; mail < 3; mail += 1) await world.planned({ mailboxId });

  await Promise.all([world.test.run('send'), world.test.run('send'), world.test.run('send')]);

  expect(world.sink.stored).toHaveLength(2);
});

it('counts the day by the clock of the workspace', async () => {
  await world.test.db.query(`UPDATE workspaces SET time_zone = 'Australia/Sydney' WHERE id = $1`, [world.workspaceId]);
  const own = await box('tea-sydney.com');
  await sentToday(own, 5000);
  const mail = await world.planned({ mailboxId: own });
  const { body } = await world.test.as(world.test.owner.key).get(`/messages/${mail.messageId}/explain`).expect(200);

  world.test.clock.set(new Date('2026-11-02T13:00:00Z')); // midnight in Sydney
  await world.test.run('send');
  await world.test.db.query(`UPDATE workspaces SET time_zone = 'UTC' WHERE id = $1`, [world.workspaceId]);

  expect(body.gates).toContainEqual(expect.objectContaining({ code: 'domain_readiness', open: false, opensAt: '2026-11-02T13:00:00.000Z' }));
  expect((await world.now(mail)).state).toBe('sent');
});

it('lets a domain that is ready send on', async () => {
  const own = await box('tea-ready.com');
  await sentToday(own, 5000);
  await world.test.db.query(
    `INSERT INTO domain_reports (workspace_id, mailbox_id, domain, primary_domain, ready, findings, checked_at) VALUES ($1, $2, 'tea-ready.com', 'tea-ready.com', true, '[]', now())`,
    [world.workspaceId, own],
  );
  const mail = await world.planned({ mailboxId: own });

  await world.test.run('send');

  expect((await world.now(mail)).state).toBe('sent');
});
