import { OwnerNotices } from '../../src/modules/workspaces/owner-notices.service.js';
import { EVERY_WORKSPACE } from '../../src/platform/jobs/job-queue.js';
import { SystemMail } from '../../src/platform/mail/system-mail.service.js';
import { createMailingApp, type MailingApp, PUBLIC_URL } from '../support/system-mails.js';
import { createTestApp, makeMember } from '../support/test-app.js';

describe('the mail of the product itself', () => {
  let t: MailingApp;

  beforeAll(async () => {
    t = await createMailingApp();
  });

  /** Every test finds an empty queue. */
  beforeEach(() => t.db.query(`DELETE FROM pgboss.job WHERE name = 'system_mail'`));

  afterAll(() => t.close());

  const send = (email: string) =>
    t.db.transaction((tx) =>
      t.app.get(SystemMail).send(tx, {
        ...{ workspaceId: EVERY_WORKSPACE, to: { email, name: 'Ann' } },
        ...{ mail: 'password-reset', values: { name: 'Ann', minutes: '30' }, path: '/reset-password#token=secret' },
      }),
    );
  const job = async () => (await t.db.query<{ state: string; data: object }[]>(`SELECT state, data FROM pgboss.job WHERE name = 'system_mail'`))[0];
  /** Asks the table until the job is there; what the worker does next is then up to the test. */
  const jobIs = async (state: string): Promise<void> => {
    while ((await job())?.state !== state);
  };

  it('goes out when what caused it has committed, and not otherwise', async () => {
    await expect(
      t.db.transaction(async (tx) => {
        await t.app.get(SystemMail).send(tx, {
          ...{ workspaceId: EVERY_WORKSPACE, to: { email: 'nobody@tea.example' } },
          ...{ mail: 'password-reset', values: { name: 'Nobody', minutes: '30' }, path: '/' },
        });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await send('ok@tea.example');

    const mail = await t.nextMail();

    expect(mail).toMatchObject({ to: 'ok@tea.example', link: `${PUBLIC_URL}/reset-password#token=secret` });
    expect(JSON.stringify(await job())).not.toMatch(/ok@tea|token=secret|Ann/);
  });

  it('is tried again when the server hung up, as the same mail', async () => {
    await send('droponce@tea.example');
    const first = await t.nextMail();
    await jobIs('retry');

    await t.db.query(`UPDATE pgboss.job SET start_after = now() WHERE name = 'system_mail'`);
    const second = await t.nextMail();

    expect(second.to).toBe('droponce@tea.example');
    expect(second.messageId).toBe(first.messageId);
    await jobIs('completed');
  });

  it('is tried again when the server will not have it for now', async () => {
    await send('rcpt450@tea.example');

    await jobIs('retry');

    expect(t.sink.stored.map(({ rcpt }) => rcpt[0])).not.toContain('rcpt450@tea.example');
  });

  it.each(['rcpt550@tea.example', 'not an address'])('is given up when nobody can be reached: %s', async (email) => {
    await send(email);

    await jobIs('completed');

    expect(t.sink.stored.map(({ rcpt }) => rcpt[0])).not.toContain(email);
  });

  it('tells every owner of a workspace who is there, and nobody else', async () => {
    const team = await t.makeWorkspace();
    const second = await makeMember(t.db, team.workspaceId, 'owner');
    const gone = await makeMember(t.db, team.workspaceId, 'owner');
    await makeMember(t.db, team.workspaceId, 'manager');
    await t.db.query('UPDATE members SET deactivated_at = now() WHERE workspace_id = $1 AND id = $2', [team.workspaceId, gone.memberId]);

    await t.db.transaction((tx) =>
      t.app.get(OwnerNotices).notifyOwners(tx, team.workspaceId, {
        mail: 'webhook-endpoint-disabled',
        values: { endpointHost: 'hooks.tea.example', reason: 'It answered 410: it is gone for good.' },
        path: '/webhooks',
      }),
    );

    const mails = [await t.nextMail(), await t.nextMail()];
    expect(mails.map(({ to }) => to).sort()).toEqual([team.email, second.email].sort());
    expect(mails[0]).toMatchObject({ subject: 'A webhook of Tea links was switched off', link: `${PUBLIC_URL}/webhooks` });
    expect(mails[0]?.text).toContain('hooks.tea.example');
    expect(await t.db.query(`SELECT FROM pgboss.job WHERE name = 'system_mail'`)).toHaveLength(2);
  });
});

describe('without a mail server', () => {
  it('no mail of the product is queued', async () => {
    const t = await createTestApp();

    await t.db.transaction((tx) =>
      t.app.get(OwnerNotices).notifyOwners(tx, t.owner.workspaceId, {
        mail: 'webhook-endpoint-disabled',
        values: { endpointHost: 'hooks.tea.example', reason: 'It answered 410.' },
        path: '/webhooks',
      }),
    );

    expect(t.app.get(SystemMail).configured).toBe(false);
    expect(await t.db.query(`SELECT FROM pgboss.job WHERE name = 'system_mail'`)).toEqual([]);
    await t.close();
  });
});

describe('a mail server that wants a login', () => {
  it('gets the one from its address', async () => {
    const t = await createMailingApp({ sink: { password: 'a/b' }, login: 'links:a%2Fb@' });

    await t.db.transaction((tx) =>
      t.app.get(SystemMail).send(tx, {
        ...{ workspaceId: EVERY_WORKSPACE, to: { email: 'ok@tea.example' } },
        ...{ mail: 'password-reset', values: { name: 'Ann', minutes: '30' }, path: '/' },
      }),
    );

    expect((await t.nextMail()).to).toBe('ok@tea.example');
    expect(t.sink.commands.some((line) => line.startsWith('AUTH PLAIN'))).toBe(true);
    await t.close();
  });
});
