import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RuleViolation } from '../../src/domain/errors.js';
import { composeMail, type ComposedMail, type OutgoingMail } from '../../src/platform/mail/compose/compose.js';
import { SmtpSender } from '../../src/platform/mail/smtp/smtp-sender.js';
import { compileTemplate, renderTemplate } from '../../src/platform/templates/template-compiler.js';
import { headerOf, MisbehavingSmtp } from '../support/misbehaving-smtp.js';

const file = join(process.env['CORPORA_DIR'] ?? resolve(import.meta.dirname, '../../../shared/corpora'), 'headers', 'injection.jsonl');

interface Injection {
  readonly field: string;
  readonly value: string;
}
const injections: Injection[] = existsSync(file)
  ? readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Injection)
  : [];

const base: OutgoingMail = {
  from: { email: 'desk@tea.example', name: 'Tea Desk' },
  to: { email: 'editor@prospect.example', name: 'Editor' },
  subject: 'Hello',
  text: 'Hello',
  html: '<p>Hello</p>',
  messageId: 'abc@tea.example',
  sentAt: new Date('2026-11-02T09:30:00Z'),
  unsubscribe: { url: 'https://tea.example/u/token' },
};

/** A value that gets into the mail through a template, in the subject and in the body. */
function throughTemplate(value: string): Partial<OutgoingMail> {
  const values = { 'contact.firstName': value };
  const [subject, text] = (['subject', 'text'] as const).map((kind) => renderTemplate(compileTemplate('Hi {{contact.firstName}}', kind), values));
  if (!subject?.ok || !text?.ok) throw new Error('not rendered');
  return { subject: subject.text, text: text.text };
}

const PUT: Readonly<Record<string, (value: string) => Partial<OutgoingMail>>> = {
  subject: (subject) => ({ subject }),
  from_name: (name) => ({ from: { ...base.from, name } }),
  to_name: (name) => ({ to: { ...base.to, name } }),
  reply_to: (email) => ({ replyTo: { email } }),
  email: (email) => ({ to: { email } }),
  message_id: (id) => ({ messageId: id, inReplyTo: id, references: [id] }),
  list_unsubscribe: (url) => ({ unsubscribe: { url } }),
  first_name: throughTemplate,
  anchor_text: throughTemplate,
  campaign_name: throughTemplate,
};
/** Webhook headers, attachments and headers of one's own do not exist in a mail of ours. */
const mailFields = injections.filter(({ field }) => field in PUT);

const EXPECTED_HEADERS = new Set(
  'From To Reply-To Subject Message-ID Date MIME-Version Content-Type In-Reply-To References List-Unsubscribe List-Unsubscribe-Post'
    .toLowerCase()
    .split(' '),
);

const suite = injections.length > 0 ? describe : describe.skip;

suite('header injection corpus (skipped where the corpora folder is missing)', () => {
  let sink: MisbehavingSmtp;
  let sender: SmtpSender;
  beforeAll(async () => {
    sink = await MisbehavingSmtp.start({ behaviour: 'ok' });
    sender = new SmtpSender({ resolve: () => Promise.resolve(['127.0.0.1']) });
  });
  afterAll(async () => {
    await sender.close();
    await sink.stop();
  });

  async function composed(injection: Injection): Promise<ComposedMail | undefined> {
    try {
      return await composeMail({ ...base, ...PUT[injection.field]?.(injection.value) });
    } catch (error) {
      if (error instanceof RuleViolation) return undefined;
      throw error;
    }
  }

  it.each(mailFields.map((injection) => [injection.field, JSON.stringify(injection.value), injection] as const))(
    '%s %s stays inert',
    async (_, __, injection) => {
      const mail = await composed(injection);
      if (!mail) return; // refused by name, which is as good
      const before = sink.stored.length;

      const outcome = await sender.send({ id: 'm', host: 'sink.example', port: sink.port, security: 'none', clientName: 'tea.example' }, mail);

      expect(outcome.kind).toBe('sent');
      const stored = sink.stored.slice(before);
      expect(stored.map(({ rcpt }) => rcpt)).toEqual([[mail.envelope.to]]);
      expect(mail.envelope.to).toMatch(/^[^\s<>,;]+@[^\s<>,;@]+$/);
      const lines = headerOf(stored[0]!.raw).split(/\r\n|[\r\n\u2028\u2029\v\f]/);
      expect(lines.map((line) => (/^([^\s:]+):/.exec(line)?.[1] ?? line).toLowerCase()).filter((name) => !EXPECTED_HEADERS.has(name))).toEqual([]);
      if (injection.field !== 'email') expect(mail.envelope.to).toBe('editor@prospect.example');
    },
  );

  it('tries most of the corpus', () => {
    expect(mailFields.length).toBeGreaterThan(40);
  });
});
