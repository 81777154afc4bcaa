import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ImapAccount, SentFolder } from '../../src/platform/mail/imap/sent-folder.js';
import { accountAt, aMail, smtpSenders } from '../support/smtp-senders.js';

const TOOLS = process.env['SHARED_TOOLS_DIR'] ?? join(import.meta.dirname, '../../../shared/tools');
const RIG = join(TOOLS, 'mailrig/rig.sh');
const isHere = existsSync(RIG) && existsSync('/usr/sbin/postfix') && existsSync('/usr/sbin/dovecot');

/** Needs the shared rig, and Postfix and Dovecot on this machine. */
(isHere ? describe : describe.skip)(`real mail servers (skipped where ${RIG}, postfix or dovecot is missing)`, () => {
  const senders = smtpSenders();
  const resolve = () => Promise.resolve(['127.0.0.1']);
  const folder = mkdtempSync(join(tmpdir(), 'rig-'));
  const rig = (command: string): void => {
    execFileSync('bash', [RIG, command], { env: { PATH: `/usr/sbin:/sbin:${process.env['PATH']}`, RIG: folder }, stdio: 'ignore' });
  };
  let trusted: { trustedCertificates: string[] };

  beforeAll(() => {
    rig('up');
    trusted = { trustedCertificates: [readFileSync(join(folder, 'dovecot/cert.pem'), 'utf8')] };
  }, 60_000);
  afterAll(() => {
    rig('down');
  });

  const send = async (to: string, options: object) => {
    const mail = await aMail({ to: { email: to }, from: { email: 'ann@our.test' } });
    return senders.aSender(options).send(accountAt(2525, { host: 'localhost', security: 'starttls' }), mail);
  };

  it('take a mail over STARTTLS, and none from a sender that does not trust them', async () => {
    expect(await send('bob@prospect.test', trusted)).toMatchObject({ kind: 'sent' });
    expect(await send('bob@prospect.test', {})).toMatchObject({ kind: 'not_begun' });
  });

  it('refuse an unknown recipient for good, and greylist another for now', async () => {
    expect(await send('x@rcpt550.test', trusted)).toMatchObject({ kind: 'refused_permanent', enhanced: '5.1.1', fault: 'address' });
    expect(await send('x@rcpt450.test', trusted)).toMatchObject({ kind: 'refused_temporary', enhanced: '4.2.0', scope: 'recipient' });
  });

  it('keep a copy in the folder of sent mails, and find it by its Message-ID alone', async () => {
    const sent = new SentFolder({ resolve, ...trusted });
    const account: ImapAccount = { host: 'localhost', port: 1993, security: 'tls', user: 'ann@our.test', password: 'secret' };
    const mail = await aMail({ messageId: 'kept@our.test' });

    expect(await sent.verify(account)).toEqual({ ok: true });
    await sent.append(account, mail.raw, new Date('2026-11-02T10:00:00Z'));

    expect(await sent.find(account, ['kept@our.test', 'ept@our.test', 'other@our.test'])).toEqual(new Set(['kept@our.test']));
    expect(await sent.find({ ...account, port: 1143, security: 'starttls' }, ['kept@our.test'])).toEqual(new Set(['kept@our.test']));
    expect((await new SentFolder({ resolve }).verify(account)).ok).toBe(false);
  });
});
