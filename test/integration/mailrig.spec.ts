import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ImapAccount, SentFolder } from '../../src/platform/mail/imap/sent-folder.js';
import { accountAt, aMail, smtpSenders } from '../support/smtp-senders.js';

const TOOLS = process.env['SHARED_TOOLS_DIR'] ?? join(import.meta.dirname, '../../../shared/tools');
const RIG = join(TOOLS, 'mailrig/rig.sh');
const isHere = existsSync(RIG) && existsSync('/usr/sbin/postfix') && existsSync('/usr/sbin/dovecot');

/** A port for people who have logged in, as providers have one: the rig has none of its own. */
const SUBMISSION = 2587;
const SASL = 2425;
const ASK_FOR_A_LOGIN = `
127.0.0.1:${String(SUBMISSION)} inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_sasl_type=dovecot
  -o smtpd_sasl_path=inet:127.0.0.1:${String(SASL)}
  -o smtpd_tls_security_level=encrypt
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o smtpd_recipient_restrictions=check_recipient_access,texthash:$RIG/pf/rcpt,permit_sasl_authenticated,reject
`;
const ANSWER_FOR_POSTFIX = `
service auth {
  inet_listener {
    address = 127.0.0.1
    port = ${String(SASL)}
  }
}
`;

/** Needs the shared rig, and Postfix and Dovecot on this machine. */
(isHere ? describe : describe.skip)(`real mail servers (skipped where ${RIG}, postfix or dovecot is missing)`, () => {
  const senders = smtpSenders();
  const resolve = () => Promise.resolve(['127.0.0.1']);
  const folder = mkdtempSync(join(tmpdir(), 'rig-'));
  const rig = (command: string): void => {
    execFileSync('bash', [RIG, command], { env: { PATH: `/usr/sbin:/sbin:${process.env['PATH']}`, RIG: folder }, stdio: 'ignore' });
  };
  let trusted: { trustedCertificates: string[] };

  beforeAll(async () => {
    rig('up');
    trusted = { trustedCertificates: [readFileSync(join(folder, 'dovecot/cert.pem'), 'utf8')] };
    appendFileSync(join(folder, 'pf/master.cf'), ASK_FOR_A_LOGIN.replaceAll('$RIG', folder));
    appendFileSync(join(folder, 'dovecot/dovecot.conf'), ANSWER_FOR_POSTFIX);
    execFileSync('doveadm', ['-c', join(folder, 'dovecot/dovecot.conf'), 'reload']);
    execFileSync('postfix', ['-c', join(folder, 'pf'), 'reload'], { env: { PATH: `/usr/sbin:/sbin:${process.env['PATH']}` }, stdio: 'ignore' });
    for (const port of [SUBMISSION, SASL]) await untilListening(port);
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

  describe('that ask for a login', () => {
    const submit = async (login: object, to = 'bob@elsewhere.test') => {
      const mail = await aMail({ to: { email: to }, from: { email: 'ann@our.test' } });
      const account = accountAt(SUBMISSION, { host: 'localhost', security: 'starttls', ...login });
      return senders.aSender(trusted).send(account, mail);
    };

    it('take a mail of somebody who has logged in', async () => {
      const login = { user: 'ann@our.test', password: 'secret' };

      expect(await submit(login, 'bob@prospect.test')).toMatchObject({ kind: 'sent' });
      expect(await senders.aSender(trusted).verify(accountAt(SUBMISSION, { host: 'localhost', security: 'starttls', ...login }))).toEqual({
        ok: true,
      });
    });

    it('refuse a wrong password: the mailbox is at fault, not the mail', async () => {
      const wrong = { user: 'ann@our.test', password: 'not the one' };

      expect(await submit(wrong)).toMatchObject({ kind: 'refused_permanent', code: 535, enhanced: '5.7.8', stage: 'session', fault: 'sender' });
      const check = await senders.aSender(trusted).verify(accountAt(SUBMISSION, { host: 'localhost', security: 'starttls', ...wrong }));
      expect(check).toMatchObject({ ok: false, loginRefused: true });
    });

    it('refuse whoever does not log in, or wants to without encryption', async () => {
      expect(await submit({})).toMatchObject({ kind: 'refused_permanent', fault: 'sender' });
      expect(await submit({ security: 'none', user: 'ann@our.test', password: 'secret' })).toMatchObject({
        kind: 'refused_permanent',
        fault: 'sender',
      });
    });

    it('greylist a recipient for now, and know another not at all', async () => {
      const login = { user: 'ann@our.test', password: 'secret' };

      expect(await submit(login, 'x@rcpt450.test')).toMatchObject({ kind: 'refused_temporary', enhanced: '4.2.0', scope: 'recipient' });
      expect(await submit(login, 'x@rcpt550.test')).toMatchObject({ kind: 'refused_permanent', enhanced: '5.1.1', fault: 'address' });
    });
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

async function untilListening(port: number): Promise<void> {
  for (let looks = 0; looks < 200; looks += 1) {
    const up = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        resolve(true);
        socket.destroy();
      }).on('error', () => {
        resolve(false);
      });
    });
    if (up) return;
    await pause(50); // between two looks; how long decides nothing
  }
  throw new Error(`Nothing listens on port ${String(port)}.`);
}
