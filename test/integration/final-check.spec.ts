import { MINUTE_MS } from '../../src/platform/clock.js';
import { Pipeline } from '../../src/modules/pipeline/pipeline.service.js';
import { MailboxTurn } from '../../src/modules/sending/claim/mailbox-turn.service.js';
import { Suppressions } from '../../src/modules/suppressions/suppressions.service.js';
import { systemActor } from '../../src/platform/auth/system-actor.js';
import { makeContact, makeEnrollment, makeMailbox, makeMessage, makeOpportunity } from '../support/factories.js';
import { type PlannedMail, sendingWorld } from '../support/sending-world.js';
import { TEST_START } from '../support/test-app.js';

const world = sendingWorld();

describe('the last look before a mail leaves', () => {
  it.each<[string, string, (mail: PlannedMail) => Promise<unknown>]>([
    ['suppressed', 'the person opted out', (mail) => suppress(mail)],
    ['suppressed', 'the project is not to mail them', (mail) => suppress(mail, { inProject: true })],
    ['undeliverable', 'the address has bounced', (mail) => set('contacts', mail.contactId, 'undeliverable_at = created_at')],
    ['stage_declined', 'the card was closed', (mail) => set('opportunities', mail.opportunityId, `stage = 'declined'`)],
    ['contact_blocked', 'the contact is blocked', (mail) => set('opportunities', mail.opportunityId, 'contact_blocked = true')],
  ])('cancels it as %s when %s', async (code, _, happen) => {
    const mail = await world.planned();
    await happen(mail);

    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(0);
    expect(await world.now(mail)).toMatchObject({ state: 'cancelled', stateReason: code });
  });

  it('shows that the sequence stands still when its mail was taken away', async () => {
    const mail = await world.planned();
    await set('contacts', mail.contactId, 'undeliverable_at = created_at');

    await world.test.run('send');

    expect(await world.now(mail)).toMatchObject({ enrollmentState: 'blocked', enrollmentReason: 'undeliverable' });
  });

  it.each<[string, (mail: PlannedMail) => Promise<unknown>, (mail: PlannedMail) => Promise<unknown>]>([
    [
      'the campaign is paused',
      (mail) => set('campaigns', mail.campaignId, `state = 'paused'`),
      (mail) => set('campaigns', mail.campaignId, `state = 'running'`),
    ],
    [
      'the mailbox is out of use',
      (mail) => set('mailboxes', mail.mailboxId, `state = 'disabled'`),
      (mail) => set('mailboxes', mail.mailboxId, `state = 'connected'`),
    ],
    [
      'the campaign does not send at this hour',
      (mail) => set('campaigns', mail.campaignId, `send_window = '{"days":[1,2,3,4,5,6,7],"from":"10:03","to":"17:00"}'`),
      () => Promise.resolve(),
    ],
  ])('holds it while %s', async (_, shut, open) => {
    const mail = await world.planned();
    await shut(mail);

    await world.test.run('send');
    expect(await world.now(mail)).toMatchObject({ state: 'scheduled', attempts: 0, enrollmentState: 'active' });

    await open(mail);
    world.test.clock.advance(6 * MINUTE_MS);
    await world.test.run('send');
    expect((await world.now(mail)).state).toBe('sent');
  });

  it('moves the mails of a paused campaign aside at once, with two lines of history in all', async () => {
    const first = await world.planned();
    for (let mail = 0; mail < 5; mail += 1) await world.planned({ mailboxId: first.mailboxId, campaignId: first.campaignId });
    await set('mailboxes', first.mailboxId, 'gap_seconds = 60');
    await set('campaigns', first.campaignId, `state = 'paused'`);

    await world.test.run('send');

    const [{ waiting }] = await world.test.db.query(
      `SELECT count(*)::int AS waiting FROM messages WHERE workspace_id = $1 AND mailbox_id = $2 AND state = 'scheduled' AND next_at > $3`,
      [world.workspaceId, first.mailboxId, TEST_START],
    );
    const [{ lines }] = await world.test.db.query(
      `SELECT count(*)::int AS lines FROM state_changes WHERE workspace_id = $1 AND subject_id IN (SELECT id FROM messages WHERE workspace_id = $1 AND mailbox_id = $2)`,
      [world.workspaceId, first.mailboxId],
    );
    expect({ waiting, lines }).toEqual({ waiting: 6, lines: 2 });
  });

  it('obeys an answer that comes in between the claim and the first byte', async () => {
    const mail = await world.planned();
    const batch = await world.test.app.get(MailboxTurn).take();
    expect((await world.now(mail)).state).toBe('claimed');
    expect(batch?.messageIds).toEqual([mail.messageId]);

    const answer = { kind: 'reply_received', messageId: null, contactId: mail.contactId, wholeSite: false } as const;
    await world.test.db.transaction((tx) => world.test.app.get(Pipeline).record(tx, systemActor(world.workspaceId), answer));
    world.test.clock.advance(6 * MINUTE_MS);
    await world.test.run('leases');
    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(0);
    expect(await world.now(mail)).toMatchObject({ state: 'cancelled', stateReason: 'replied' });
  });

  it('lets one of two colleagues write to a site, though both mails were due at once', async () => {
    const mine = await world.planned();
    const theirs = await world.planned({ prospectId: mine.prospectId });

    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(1);
    expect([(await world.now(mine)).state, (await world.now(theirs)).state].sort()).toEqual(['scheduled', 'sent']);
  });

  it('lets both write when a manager lifted the guard for sending', async () => {
    const mine = await world.planned();
    const theirs = await world.planned({ prospectId: mine.prospectId });
    for (const { opportunityId } of [mine, theirs]) await set('opportunities', opportunityId, `guard_override = 'send'`);

    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(2);
  });

  it('sends what a person wrote, whatever the sequence does', async () => {
    const opportunity = await makeOpportunity(world.test.db, world.workspaceId, { stage: 'engaged' });
    const contact = await makeContact(world.test.db, world.workspaceId, { prospectId: opportunity.prospectId });
    const { id: enrollmentId } = await makeEnrollment(world.test.db, world.workspaceId, {
      opportunityId: opportunity.id,
      contactId: contact.id,
      state: 'replied',
      nextAt: null,
    });
    const mailbox = await makeMailbox(world.test.db, world.workspaceId, { smtpPort: world.sink.port });
    await makeMessage(world.test.db, world.workspaceId, { enrollmentId, mailboxId: mailbox.id, source: 'person' });

    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(1);
  });
});

async function suppress(mail: PlannedMail, { inProject = false } = {}): Promise<unknown> {
  const [row] = await world.test.db.query('SELECT project_id AS id FROM opportunities WHERE workspace_id = $1 AND id = $2', [
    world.workspaceId,
    mail.opportunityId,
  ]);
  // as by another process: nothing is stopped by it, so only the last look can see it
  const wish = { kind: 'address', value: mail.email, reason: 'asked', source: 'bounce', projectId: inProject ? row.id : null } as const;
  return world.test.db.transaction((tx) => world.test.app.get(Suppressions).add(tx, world.test.owner.actor, wish));
}

function set(table: string, id: string, change: string): Promise<unknown> {
  return world.test.db.query(`UPDATE ${table} SET ${change} WHERE workspace_id = $1 AND id = $2`, [world.workspaceId, id]);
}
