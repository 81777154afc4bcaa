import { simpleParser } from 'mailparser';
import { JobQueue } from '../../src/platform/jobs/job-queue.js';
import { MisbehavingSmtp, type SinkOptions } from './misbehaving-smtp.js';
import { createTestApp, type TestApp } from './test-app.js';

export interface ReceivedMail {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The one link of the mail. */
  readonly link: string;
  /** What stands behind `#token=` in it. */
  readonly token: string;
  readonly raw: string;
  readonly messageId: string;
}

/** An installation that sends mails of its own to a mail server on loopback, with its jobs running. */
export interface MailingApp extends TestApp {
  readonly sink: MisbehavingSmtp;
  /** The next mail that was not asked for yet, in the order they came. */
  nextMail(): Promise<ReceivedMail>;
}

export const PUBLIC_URL = 'http://links.tea.example:8080';

export interface MailingAppOptions {
  readonly sink?: SinkOptions;
  /** User and password with an `@`, as in a URL. */
  readonly login?: string;
}

export async function createMailingApp({ sink: behaviour, login = '' }: MailingAppOptions = {}): Promise<MailingApp> {
  const sink = await MisbehavingSmtp.start(behaviour);
  const t = await createTestApp({
    env: {
      SYSTEM_SMTP_URL: `smtp://${login}127.0.0.1:${sink.port}`,
      SYSTEM_MAIL_FROM: 'Tea Links <links@tea.example>',
      PUBLIC_URL,
    },
  });
  await t.app.get(JobQueue).work();
  let taken = 0;
  const nextMail = async (): Promise<ReceivedMail> => {
    taken += 1;
    await sink.whenStored(taken);
    const stored = sink.stored[taken - 1];
    if (!stored) throw new Error('the mail is gone');
    const mail = await simpleParser(Buffer.from(stored.raw, 'latin1'));
    const text = mail.text ?? '';
    const link = /https?:\/\/\S+/.exec(text)?.[0] ?? '';
    const { from, rcpt, raw, messageId } = stored;
    const html = mail.html === false ? '' : mail.html;
    return { from, raw, messageId, text, html, link, to: rcpt[0] ?? '', subject: mail.subject ?? '', token: link.split('#token=')[1] ?? '' };
  };
  const close = async (): Promise<void> => {
    await t.close();
    await sink.stop();
  };
  return { ...t, sink, nextMail, close };
}
