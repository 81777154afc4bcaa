import { createHash, createVerify, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { simpleParser, type ParsedMail } from 'mailparser';
import { composeMail, type OutgoingMail } from './compose.js';

const base: OutgoingMail = {
  from: { email: 'desk@tea.example', name: 'Tea Desk' },
  to: { email: 'editor@prospect.example', name: 'Jörg Müller' },
  subject: 'Über Tee',
  text: 'Grüße,\n\nbis bald\n',
  html: '<p>Grüße</p>',
  messageId: 'abc@tea.example',
  sentAt: new Date('2026-11-02T09:30:00Z'),
};
const headerLines = (raw: Buffer): string[] => (raw.toString('latin1').split('\r\n\r\n')[0] ?? '').split('\r\n');
const headerNames = (raw: Buffer): string[] => headerLines(raw).flatMap((line) => /^([\w-]+):/.exec(line)?.[1] ?? []);
const compose = async (over: Partial<OutgoingMail> = {}): Promise<{ raw: Buffer; parsed: ParsedMail }> => {
  const { raw } = await composeMail({ ...base, ...over });
  return { raw, parsed: await simpleParser(raw) };
};

const unfolded = (raw: Buffer): string[] => (raw.toString('latin1').split('\r\n\r\n')[0] ?? '').replace(/\r\n(?=[ \t])/g, '').split('\r\n');
const dkimTags = (raw: Buffer): Record<string, string> =>
  Object.fromEntries(
    (unfolded(raw)[0] ?? '')
      .replace(/^[^:]*:/, '')
      .split(';')
      .map((tag) => [tag.split('=')[0]!.trim(), tag.slice(tag.indexOf('=') + 1).replace(/\s/g, '')]),
  );

/** RFC 6376 section 3.7 with relaxed canonicalization, for mails signed once. */
function dkimHolds(raw: Buffer, key: KeyObject): boolean {
  const tags = dkimTags(raw);
  const text = raw.toString('latin1');
  const body =
    text
      .slice(text.indexOf('\r\n\r\n') + 4)
      .replace(/[ \t]+/g, ' ')
      .replace(/ \r\n/g, '\r\n')
      .replace(/(\r\n)+$/, '') + '\r\n';
  if (createHash('sha256').update(body, 'latin1').digest('base64') !== tags['bh']) return false;
  const relaxed = (line: string): string =>
    `${line.split(':')[0]!.trim().toLowerCase()}:${line
      .slice(line.indexOf(':') + 1)
      .replace(/[ \t]+/g, ' ')
      .trim()}`;
  const lines = unfolded(raw);
  const signed = (tags['h'] ?? '').split(':').map((name) => relaxed(lines.findLast((line) => line.toLowerCase().startsWith(`${name}:`)) ?? ''));
  const own = relaxed(lines[0] ?? '')
    .replace(/b=[^;]*$/, 'b=')
    .trim();
  return createVerify('RSA-SHA256')
    .update([...signed, own].join('\r\n'), 'latin1')
    .verify(key, tags['b'] ?? '', 'base64');
}

describe('composeMail', () => {
  it('writes text and HTML as alternatives in UTF-8, and no header beyond the needed', async () => {
    const { raw, parsed } = await compose();

    expect(parsed.text).toBe('Grüße,\n\nbis bald\n');
    expect(parsed.html).toBe('<p>Grüße</p>');
    expect(parsed.subject).toBe('Über Tee');
    expect(parsed.to).toMatchObject({ value: [{ address: 'editor@prospect.example', name: 'Jörg Müller' }] });
    expect(raw.toString('latin1').match(/^content-type: text\/(plain|html); charset=utf-8/gim)).toHaveLength(2);
    expect(headerNames(raw)).toEqual(['From', 'To', 'Subject', 'Message-ID', 'Date', 'MIME-Version', 'Content-Type']);
    expect(headerLines(raw)).toContain('Message-ID: <abc@tea.example>');
    expect(headerLines(raw)).toContain('Date: Mon, 02 Nov 2026 09:30:00 +0000');
  });

  it('ends every line with CR LF, so that what is stored is what was signed', async () => {
    const { raw } = await compose({ text: 'a\nb\r\nc', html: '<p>\n</p>' });

    expect(raw.toString('latin1')).not.toMatch(/[^\r]\n|\r[^\n]/);
  });

  it('stands in its thread, oldest first, and leaves out what is no id', async () => {
    const { raw } = await compose({
      inReplyTo: '<two@x.example>',
      references: ['one@x.example', 'not an id\r\nBcc: a@b.example', '<two@x.example>'],
    });

    expect(headerLines(raw)).toContain('In-Reply-To: <two@x.example>');
    expect(headerLines(raw)).toContain('References: <one@x.example> <two@x.example>');
  });

  it('keeps the first and the newest of a long thread', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `id${index}@x.example`);

    const { parsed } = await compose({ references: ids });

    expect(parsed.references).toEqual([ids[0], ...ids.slice(-19)].map((id) => `<${id}>`));
  });

  it('writes both headers of RFC 8058, each on one line however long', async () => {
    const url = `https://tea.example/u/${'t'.repeat(300)}`;

    const { raw } = await compose({ unsubscribe: { url, email: 'stop@tea.example' } });

    expect(headerLines(raw)).toContain(`List-Unsubscribe: <${url}>, <mailto:stop@tea.example?subject=unsubscribe>`);
    expect(headerLines(raw)).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
  });

  it.each([
    ['http://tea.example/u/1', false],
    ['http://127.0.0.1:3000/u/1', true],
    ['https://tea.example/u/1', true],
  ])('offers one-click for %s: %s', async (url, oneClick) => {
    const { raw } = await compose({ unsubscribe: { url } });

    expect(headerNames(raw).includes('List-Unsubscribe-Post')).toBe(oneClick);
  });

  it.each(['javascript:alert(1)', 'https://tea.example/\r\nBcc: a@b.example', 'https://tea.example/ <x>', '', 'mailto:a@b.example'])(
    'refuses the unsubscribe link %j',
    async (url) => {
      await expect(compose({ unsubscribe: { url } })).rejects.toMatchObject({ code: 'invalid_unsubscribe_link' });
    },
  );

  it('signs with an RSA key, both list headers included, so that the signature holds', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

    const { raw } = await compose({
      text: 'a  b \n\n\n',
      unsubscribe: { url: 'https://tea.example/u/1' },
      dkim: { domain: 'tea.example', selector: 's1', privateKey },
    });

    const tags = dkimTags(raw);
    expect(tags).toMatchObject({ d: 'tea.example', s: 's1', a: 'rsa-sha256' });
    expect(tags['h']?.split(':')).toEqual(
      expect.arrayContaining(['from', 'to', 'subject', 'date', 'message-id', 'list-unsubscribe', 'list-unsubscribe-post']),
    );
    expect(dkimHolds(raw, publicKey)).toBe(true);
    expect(dkimHolds(Buffer.from(raw.toString('latin1').replace('One-Click', 'Two-Click'), 'latin1'), publicKey)).toBe(false);
  });

  it.each([
    ['Ed25519', generateKeyPairSync('ed25519').privateKey],
    ['a short RSA key', generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey],
    ['a public key', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
  ])('refuses %s instead of sending unsigned', async (_, privateKey) => {
    await expect(compose({ dkim: { domain: 'tea.example', selector: 's1', privateKey } })).rejects.toMatchObject({ code: 'dkim_key_unusable' });
  });
});
