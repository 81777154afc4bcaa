import { jest } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterRestore } from '../../src/cli/after-restore.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/platform/clock.js';
import { type Enrolled, RestoreWorld } from '../support/restore-world.js';
import { TEST_START } from '../support/test-app.js';
import type { TestDatabase } from '../support/test-database.js';

// A database is copied, the product goes on and sends, and the older copy is put in its place.

const LATER = new Date(TEST_START.getTime() + HOUR_MS);
const PATIENCE_MS = 180_000;

jest.setTimeout(PATIENCE_MS); // each test starts the product several times

let world: RestoreWorld;
afterEach(() => world.stop());

interface Story {
  /** Another copy of the same moment. */
  readonly again: TestDatabase;
  /** Had its first mail before the copy was made. */
  readonly before: Enrolled;
  /** Its mail was written before, and left after. */
  readonly planned: Enrolled;
  /** Its mail was written and left after. */
  readonly unplanned: Enrolled;
  /** Its mail was written before, and is due later than all this. */
  readonly waiting: Enrolled;
  /** Wanted no more mail after the copy was made. */
  readonly leaver: Enrolled;
}

/** Up to the moment when the older copy runs. */
async function setBack(imap: boolean): Promise<Story> {
  world = await RestoreWorld.start({ imap });
  const before = await world.enrol('before');
  await world.run('plan', 'send');
  const [planned, waiting, leaver] = [await world.enrol('planned'), await world.enrol('waiting'), await world.enrol('leaver')];
  await world.run('plan');
  for (const { id } of [waiting, leaver]) {
    await world.product.db.query('UPDATE messages SET next_at = $3, due_at = $3 WHERE workspace_id = $1 AND enrollment_id = $2', [
      world.workspaceId,
      id,
      LATER,
    ]);
  }
  const unplanned = await world.enrol('unplanned');
  const copy = await world.backUp();
  world.setClock(new Date(TEST_START.getTime() + 10 * MINUTE_MS));
  await world.run('epoch', 'plan', 'send');
  await world.api().post('/suppressions', { kind: 'address', value: leaver.email, reason: 'asked by phone' }).expect(201);
  await world.run('opt_out_journal');
  expect(world.received(before, planned, unplanned, waiting, leaver)).toEqual([1, 1, 1, 0, 0]);
  world.setClock(new Date(TEST_START.getTime() + 20 * MINUTE_MS));
  const again = await world.duplicate(copy);
  await world.restore(copy);
  return { again, before, planned, unplanned, waiting, leaver };
}

const readyz = async () => (await fetch(`${world.product.url}/readyz`)).json() as Promise<{ status: string; notes?: Record<string, string> }>;

describe('a database that was set back', () => {
  it('sends nothing, and says so everywhere, on a machine without a file as well', async () => {
    const { planned, unplanned } = await setBack(true);
    const stored = world.sink.stored.length;

    await world.run('epoch', 'plan', 'send', 'leases', 'send');

    const other = await world.openElsewhere();
    await other.run('send');
    await other.close();

    expect(world.sink.stored).toHaveLength(stored);
    const [mail] = await world.mails(planned);
    const { body } = await world
      .api()
      .get(`/messages/${mail?.id ?? ''}/explain`)
      .expect(200);
    expect(body).toMatchObject({ earliestAt: null, gates: expect.arrayContaining([expect.objectContaining({ code: 'restore_hold', open: false })]) });
    expect(await readyz()).toMatchObject({ status: 'ready', notes: { sending: expect.stringContaining('after-restore') } });
    expect((await world.mails(planned)).map(({ state }) => state)).toEqual(['scheduled']);
    expect((await world.mails(unplanned)).map(({ state }) => state)).toEqual(['scheduled']); // written anew, and kept
  });

  it('goes on where the installation was, once its Sent folder was read: nobody gets a mail twice', async () => {
    const { before, planned, unplanned, waiting, leaver } = await setBack(true);

    const dry = await afterRestore(world.product.app, { dryRun: true });
    expect(dry).toMatchObject({ held: true, text: expect.stringContaining('1 mails had left, and 1 of steps that were not planned') });
    expect((await world.mails(planned)).map(({ state }) => state)).toEqual(['scheduled']);
    const { text, held } = await afterRestore(world.product.app);

    expect(held).toBe(false);
    expect(text).toContain('1 mails had left, and 1 of steps that were not planned.');
    expect(text).toContain('1 opt-outs came back');
    const found = {
      state: 'sent',
      sentAt: new Date(TEST_START.getTime() + 10 * MINUTE_MS),
      lastResponse: expect.stringContaining('after a restore'),
    };
    expect(await world.mails(planned)).toEqual([expect.objectContaining(found)]);
    expect(await world.mails(unplanned)).toEqual([expect.objectContaining(found)]);
    expect([await world.stateOf(planned), await world.stateOf(unplanned), await world.stateOf(leaver)]).toEqual(['active', 'active', 'unsubscribed']);
    expect(
      await world.product.db.query(
        `SELECT event_kind FROM state_changes WHERE workspace_id = $1 AND event_kind LIKE 'restored%' AND machine = 'message'`,
        [world.workspaceId],
      ),
    ).toHaveLength(2);

    await world.run('epoch', 'plan', 'send');
    expect(world.received(before, planned, unplanned, waiting, leaver)).toEqual([1, 1, 1, 0, 0]);
    world.setClock(new Date(LATER.getTime() + MINUTE_MS));
    await world.run('plan', 'send');
    expect(world.received(before, planned, unplanned, waiting, leaver)).toEqual([1, 1, 1, 1, 0]);
    // three business days from the first mail, not from the restore
    world.setClock(new Date(TEST_START.getTime() + 3 * DAY_MS + 5 * MINUTE_MS));
    await world.run('plan', 'send');
    expect(world.received(before, planned, unplanned, waiting, leaver)).toEqual([2, 1, 1, 1, 0]);
    world.setClock(new Date(TEST_START.getTime() + 3 * DAY_MS + 11 * MINUTE_MS));
    await world.run('plan', 'send');
    expect(world.received(before, planned, unplanned, waiting, leaver)).toEqual([2, 2, 2, 1, 0]);
    expect(await readyz()).not.toHaveProperty('notes');
  });

  it('answers the mail that was found with its follow-up, in the same thread', async () => {
    const { unplanned } = await setBack(true);
    await world.run('plan'); // a worker that writes mails while they are held
    await afterRestore(world.product.app);

    world.setClock(new Date(TEST_START.getTime() + 3 * DAY_MS + 11 * MINUTE_MS));
    await world.run('plan', 'send');

    const [first, second] = world.sink.stored.filter(({ rcpt }) => rcpt.includes(unplanned.email)).map(({ raw }) => raw);
    const id = /^message-id: *(<[^>]+>)/im.exec(first ?? '')?.[1];
    expect(second).toContain(`In-Reply-To: ${id ?? '-'}`);
  });

  it('changes nothing more when it is settled a second time', async () => {
    await setBack(true);
    await afterRestore(world.product.app);

    const { text, held } = await afterRestore(world.product.app);

    expect(held).toBe(false);
    expect(text).toContain('0 mails had left, and 0 of steps that were not planned.');
    expect(text).toContain('0 opt-outs came back, 1 were known');
  });

  it('is held again when the same copy comes back once more', async () => {
    const { again } = await setBack(true);
    await afterRestore(world.product.app);

    await world.restore(again);
    await world.run('plan', 'send');

    expect((await readyz()).notes?.['sending']).toContain('set_back');
  });

  it(
    'is settled by a second run when the first is killed: what was found stays found, and mail is held until then',
    async () => {
      const { planned, unplanned } = await setBack(true);
      const blocker = world.product.db.createQueryRunner();
      await blocker.startTransaction();
      await blocker.query('SELECT FROM prospects WHERE workspace_id = $1 AND id = $2 FOR UPDATE', [world.workspaceId, unplanned.prospectId]);
      const child = command('after-restore');

      await until(child, async () => (await world.mails(planned))[0]?.state === 'sent');
      child.kill('SIGKILL');
      await once(child, 'exit');
      await blocker.rollbackTransaction();
      await blocker.release();
      await world.run('epoch', 'send');

      expect(await world.mails(unplanned)).toEqual([]);
      expect((await readyz()).notes?.['sending']).toBeDefined();
      const { text } = await afterRestore(world.product.app);
      expect(text).toContain('0 mails had left, and 1 of steps that were not planned.');
      await world.run('plan', 'send');
      expect(world.received(planned, unplanned)).toEqual([1, 1]);
    },
    PATIENCE_MS,
  );
});

describe('a restore without a Sent folder', () => {
  it('is not settled by guessing: it tells how many may have left, and keeps the hold', async () => {
    const { planned } = await setBack(false);

    const { text, held } = await afterRestore(world.product.app);

    expect(held).toBe(true);
    expect(text).toContain('it has no IMAP');
    expect(text).toContain('2 mails were due until');
    await world.run('plan', 'send');
    expect(world.received(planned)).toEqual([1]);
  });

  it('gives what may have left to people, and sends what cannot have left', async () => {
    const { planned, unplanned, waiting } = await setBack(false);

    const { text, held } = await afterRestore(world.product.app, { askPeople: true });

    expect(held).toBe(false);
    expect(text).toContain('2 wait for people');
    for (const one of [planned, unplanned]) expect((await world.mails(one)).map(({ state }) => state)).toEqual(['delivery_unknown']);
    const tasks = await world.product.db.query(`SELECT FROM tasks WHERE workspace_id = $1 AND kind = 'delivery_unknown' AND done_at IS NULL`, [
      world.workspaceId,
    ]);
    expect(tasks).toHaveLength(2);
    world.setClock(new Date(LATER.getTime() + MINUTE_MS));
    await world.run('plan', 'send');
    expect(world.received(planned, unplanned, waiting)).toEqual([1, 1, 1]);
    const [mail] = await world.mails(planned);
    await world
      .api()
      .post(`/messages/${mail?.id ?? ''}/resolve`, { outcome: 'sent', reason: 'It stands in their inbox.' })
      .set('if-match', '*')
      .expect(200);
    expect(await world.stateOf(planned)).toBe('active');
  });

  it('asks nobody about mails that were due after the installation had stopped', async () => {
    await setBack(false);

    const { held, text } = await afterRestore(world.product.app, { stoppedAt: new Date(TEST_START.getTime() - MINUTE_MS) });

    expect(text).not.toContain('may have left.');
    expect(held).toBe(false);
  });

  it('takes a folder for no proof where a mail is missing that did leave', async () => {
    const { planned } = await setBack(true);
    world.imap.sent.splice(0, 1); // the one from before

    const { text, held } = await afterRestore(world.product.app);

    expect(text).toContain('1 of its last 1 mails are not in its folder of sent mails');
    expect((await world.mails(planned)).map(({ state }) => state)).toEqual(['sent']); // found is found
    expect(held).toBe(false); // nothing else was due
  });
});

describe('a database that was moved whole', () => {
  it('is held, and let go by word alone', async () => {
    world = await RestoreWorld.start({ imap: false });
    const one = await world.enrol('one');
    await world.product.db.query(`UPDATE installation SET system_identifier = 'another'`);
    await world.restore(await world.backUp());
    await world.run('plan', 'send');
    expect(world.received(one)).toEqual([0]);
    expect((await readyz()).notes?.['sending']).toContain('moved');

    const { held } = await afterRestore(world.product.app, { nothingWasLost: true });
    await world.run('send');

    expect(held).toBe(false);
    expect(world.received(one)).toEqual([1]);
  });
});

function command(...args: string[]): ChildProcess {
  const env = { PATH: process.env['PATH'], DATABASE_URL: world.url, MAIL_ALLOW_CIDRS: '127.0.0.0/8', ...world.env };
  return spawn(process.execPath, ['dist/src/cli.js', ...args], { cwd: join(import.meta.dirname, '../..'), env, stdio: 'ignore' });
}

async function until(child: ChildProcess, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS / 2;
  while (!(await holds())) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('The command ended, or did nothing for too long.');
    await pause(20); // between two looks; how long decides nothing
  }
}
