import { pickMailbox } from '../../src/modules/sending/claim/sending.queries.js';
import { HOUR_MS } from '../../src/platform/clock.js';
import { transact } from '../../src/platform/database/transact.js';
import { makeMailbox, makeMessage } from '../support/factories.js';
import { sendingWorld } from '../support/sending-world.js';
import { TEST_START } from '../support/test-app.js';

const world = sendingWorld();
const LATER = new Date(TEST_START.getTime() + HOUR_MS);

async function dueAt(mailboxId: string): Promise<Date | null> {
  const [row]: { due_at: Date | null }[] = await world.test.db.query('SELECT due_at FROM mailboxes WHERE workspace_id = $1 AND id = $2', [
    world.workspaceId,
    mailboxId,
  ]);
  if (!row) throw new Error('There is no such mailbox.');
  return row.due_at;
}

const picked = (): Promise<string | undefined> => transact(world.test.db, async (tx) => (await pickMailbox(tx, world.test.clock.now()))?.id);

describe('a mailbox', () => {
  it('without mail is never due, and is so again when its last mail has left', async () => {
    const idle = await makeMailbox(world.test.db, world.workspaceId);
    const mail = await world.planned();
    expect(await dueAt(idle.id)).toBeNull();
    expect(await dueAt(mail.mailboxId)).toEqual(TEST_START);

    await world.test.run('send');
    world.test.clock.set(LATER);
    await world.test.run('send');

    expect((await world.now(mail)).state).toBe('sent');
    expect(await dueAt(mail.mailboxId)).toBeNull();
    expect(await picked()).toBeUndefined();
  });

  it('with mail for later is picked when the clock gets there', async () => {
    const mail = await world.planned({ message: { nextAt: LATER } });

    world.test.clock.set(new Date(LATER.getTime() - 1));
    await world.test.run('send');
    expect(await picked()).toBeUndefined();
    expect(world.sink.stored).toHaveLength(0);

    world.test.clock.set(LATER);
    expect(await picked()).toBe(mail.mailboxId);
    await world.test.run('send');
    expect(world.sink.stored).toHaveLength(1);
  });

  it('is due with the earliest of its mails, in whatever order they are scheduled', async () => {
    const { mailboxId, messageId } = await world.planned({ message: { nextAt: LATER } });
    await makeMessage(world.test.db, world.workspaceId, { mailboxId, nextAt: new Date(LATER.getTime() + 1) });
    expect(await dueAt(mailboxId)).toEqual(LATER);

    await world.test.db.query('UPDATE messages SET next_at = $3 WHERE workspace_id = $1 AND id = $2', [world.workspaceId, messageId, TEST_START]);

    expect(await dueAt(mailboxId)).toEqual(TEST_START);
  });

  it('does not forget a mail whose writer has not committed when its turn ends', async () => {
    const first = await world.planned({ mailbox: { gapSeconds: 0 } });

    await transact(world.test.db, async (tx) => {
      await makeMessage(tx, world.workspaceId, { mailboxId: first.mailboxId, toAddress: 'ok@tea-blog.example', nextAt: LATER });
      await world.test.run('send');
    });
    expect(world.sink.stored).toHaveLength(1);

    world.test.clock.set(LATER);
    await world.test.run('send');
    expect(world.sink.stored).toHaveLength(2);
  });
});
