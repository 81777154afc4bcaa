import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/platform/clock.js';
import { MailboxTurn } from '../../src/modules/sending/claim/mailbox-turn.service.js';
import { makeMailbox } from '../support/factories.js';
import { type PlannedMail, sendingWorld } from '../support/sending-world.js';
import { TEST_START } from '../support/test-app.js';

const world = sendingWorld();

describe('the limits of a mailbox', () => {
  it.each<[string, object, number]>([
    ['day', { perDay: 2, perHour: 100, gapSeconds: 0 }, 2],
    ['hour', { perDay: 100, perHour: 3, gapSeconds: 0 }, 3],
    ['gap', { perDay: 3, perHour: 2, gapSeconds: 60 }, 1],
  ])('let through what the %s allows', async (_, limits, expected) => {
    const mailbox = await makeMailbox(world.test.db, world.workspaceId, { smtpPort: world.sink.port, ...limits });
    for (let mail = 0; mail < 5; mail += 1) await world.planned({ mailboxId: mailbox.id });

    await world.test.run('send');
    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(expected);
  });

  it('hold with several workers at once', async () => {
    const mailbox = await makeMailbox(world.test.db, world.workspaceId, { smtpPort: world.sink.port, perHour: 4 });
    for (let mail = 0; mail < 10; mail += 1) await world.planned({ mailboxId: mailbox.id });

    await Promise.all([world.test.run('send'), world.test.run('send'), world.test.run('send')]);

    expect(world.sink.stored).toHaveLength(4);
  });

  it('count a mail of unknown fate', async () => {
    const mailbox = await makeMailbox(world.test.db, world.workspaceId, { smtpPort: world.sink.port, perDay: 1 });
    await world.planned({ mailboxId: mailbox.id, to: 'dropack', message: { nextAt: new Date(TEST_START.getTime() - 1) } });
    const second = await world.planned({ mailboxId: mailbox.id });

    await world.test.run('send');
    await world.test.run('send');

    expect((await world.now(second)).state).toBe('scheduled');
  });

  it('begin anew at midnight UTC, and the gap is jittered by a fifth at most', async () => {
    const mailbox = await makeMailbox(world.test.db, world.workspaceId, { smtpPort: world.sink.port, perDay: 2, gapSeconds: 100 });
    for (let mail = 0; mail < 3; mail += 1) await world.planned({ mailboxId: mailbox.id });

    await world.test.run('send');
    world.test.clock.advance(99 * SECOND_MS);
    await world.test.run('send');
    expect(world.sink.stored).toHaveLength(1);

    world.test.clock.advance(21 * SECOND_MS);
    await world.test.run('send');
    world.test.clock.advance(HOUR_MS);
    await world.test.run('send');
    expect(world.sink.stored).toHaveLength(2);

    world.test.clock.set(new Date('2026-11-03T00:00:00Z'));
    await world.test.run('send');
    expect(world.sink.stored).toHaveLength(3);
  });
});

describe('a worker that died', () => {
  it('before the first byte: the mail goes back and leaves once', async () => {
    const mail = await world.planned();
    await world.test.app.get(MailboxTurn).take();

    await world.test.run('leases');
    expect((await world.now(mail)).state).toBe('claimed');

    world.test.clock.advance(6 * MINUTE_MS);
    await world.test.run('leases');
    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(1);
    expect((await world.now(mail)).state).toBe('sent');
  });

  it('on the wire: nobody knows, nothing is sent again, a person is asked', async () => {
    const mail = await world.planned({ message: { state: 'transmitting', claimedUntil: TEST_START, transmittingAt: TEST_START } });

    world.test.clock.advance(1);
    await world.test.run('leases');
    await world.test.run('send');

    expect(world.sink.stored).toHaveLength(0);
    expect(await world.now(mail)).toMatchObject({ state: 'delivery_unknown', enrollmentState: 'blocked', enrollmentNextAt: null });
    expect(await tasksOf(mail)).toEqual(['delivery_unknown']);
  });

  it('was only slow: its news that the mail is out sets things right', async () => {
    const mail = await world.planned({ to: 'slowack' });
    const running = world.test.run('send');
    await world.sink.whenStored(1);
    world.test.clock.advance(21 * MINUTE_MS);
    await world.test.run('leases');
    expect((await world.now(mail)).state).toBe('delivery_unknown');

    world.sink.acknowledge();
    await running;

    expect(await world.now(mail)).toMatchObject({ state: 'sent', enrollmentState: 'active', stage: 'contacting' });
    expect(world.sink.stored).toHaveLength(1);
  });
});

async function tasksOf(mail: PlannedMail): Promise<string[]> {
  const tasks: { kind: string }[] = await world.test.db.query('SELECT kind FROM tasks WHERE workspace_id = $1 AND opportunity_id = $2', [
    world.workspaceId,
    mail.opportunityId,
  ]);
  return tasks.map(({ kind }) => kind);
}
