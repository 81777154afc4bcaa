import { composeMail, type OutgoingMail } from '../../src/platform/mail/compose/compose.js';
import { SmtpSender, type SmtpAccount, type SmtpSenderOptions } from '../../src/platform/mail/smtp/smtp-sender.js';
import { MisbehavingSmtp, type SinkOptions } from './misbehaving-smtp.js';

/** Senders and sinks that are closed after each test. Call it at the top of a spec. */
export function smtpSenders() {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const closeLater = (close: () => Promise<void>): void => void closing.push(close);

  const startSink = async (options: SinkOptions = {}): Promise<MisbehavingSmtp> => {
    const sink = await MisbehavingSmtp.start(options);
    closeLater(() => sink.stop());
    return sink;
  };

  const aSender = (options: Partial<SmtpSenderOptions> = {}): SmtpSender => {
    const sender = new SmtpSender({ resolve: () => Promise.resolve(['127.0.0.1']), ...options });
    closeLater(() => sender.close());
    return sender;
  };

  return { closeLater, startSink, aSender };
}

export const accountAt = (port: number, over: Partial<SmtpAccount> = {}): SmtpAccount => ({
  id: 'm1',
  host: 'sink.example',
  port,
  security: 'none',
  clientName: 'tea.example',
  ...over,
});

export const aMail = (over: Partial<OutgoingMail> = {}) =>
  composeMail({
    from: { email: 'desk@tea.example', name: 'Tea Desk' },
    to: { email: 'ok@prospect.example' },
    subject: 'A guide to tea',
    text: 'Hello,\n.\nbye\n',
    html: '<p>Hello</p>',
    messageId: 'abc@tea.example',
    sentAt: new Date('2026-11-02T09:30:00Z'),
    unsubscribe: { url: 'https://tea.example/u/token' },
    ...over,
  });
