import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { InboundClass } from '../../src/domain/inbound-class.js';
import { classifyInbound } from '../../src/domain/inbound-class.js';
import { parseInbound } from '../../src/platform/mail/inbound/parse-inbound.js';

const CORPORA = process.env['CORPORA_DIR'] ?? join(import.meta.dirname, '../../../shared/corpora');
const here = existsSync(join(CORPORA, 'mail_manifest.jsonl'));

interface Row {
  readonly file: string;
  readonly accept: readonly string[];
}

interface HeaderCase {
  readonly id: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly subject: string;
  readonly body: string;
  readonly accept: readonly string[];
}

/** The corpus speaks of the address only: a block of the sender and a delay spare it, as a soft bounce does. */
const WORD: Readonly<Record<InboundClass, string>> = {
  bounce_hard: 'hard',
  bounce_soft: 'soft',
  policy_block: 'soft',
  delayed: 'soft',
  complaint: 'complaint',
  auto_reply: 'auto-reply',
  human: 'reply',
  unclassified: 'other',
};

const rows = <T>(manifest: string): T[] =>
  readFileSync(join(CORPORA, manifest), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

const classify = async (raw: Buffer): Promise<InboundClass> => classifyInbound(await parseInbound(raw)).class;

/** Files whose class the corpus does not accept. A mail that cannot be parsed fails the test. */
async function wrong(manifest: string, folder: string): Promise<{ readonly of: number; readonly files: string[] }> {
  const own = rows<Row>(manifest).filter(({ file }) => file.startsWith(`${folder}/`));
  const files: string[] = [];
  for (const { file, accept } of own) {
    const found = await classify(readFileSync(join(CORPORA, file)));
    if (!accept.includes(WORD[found])) files.push(`${file}: ${found}`);
  }
  return { of: own.length, files };
}

(here ? describe : describe.skip)('inbound mail of the corpora (skipped where CORPORA_DIR is missing)', () => {
  it('takes 249 of 253 bounces for what they are', async () => {
    const { of, files } = await wrong('mail_manifest.jsonl', 'bounces');

    expect(of).toBe(253);
    // a list server's loop alert, two bounces that a person forwarded, one note in Japanese from an ordinary address
    expect(files.map((line) => line.replace(/^.*__|\.eml/g, '')).sort()).toEqual([
      'lhost-fml-03: human',
      'lhost-sendmail-14: human',
      'lhost-trendmicro-01: human',
      'make-test-36: human',
    ]);
  });

  it('takes 4 of 5 complaints for what they are', async () => {
    const { files } = await wrong('mail_manifest.jsonl', 'complaints');

    expect(files).toEqual([expect.stringContaining('arf-26')]); // a request by mail to unsubscribe, sent as auto-replied
  });

  it('takes 3 of 3 automatic answers for what they are', async () => {
    expect((await wrong('mail_manifest.jsonl', 'autoreplies')).files).toEqual([]);
  });

  it('takes 170 of 170 answers of people for what they are', async () => {
    expect(await wrong('replies_manifest.jsonl', 'replies')).toEqual({ of: 170, files: [] });
  });

  it('takes every variant of automatic headers for what it is, traps among them', async () => {
    const mistaken: string[] = [];
    for (const { id, headers, subject, body, accept } of rows<HeaderCase>('autoreply_header_cases.jsonl')) {
      const lines = [
        'From: jo@example.com',
        `Subject: ${subject.replace('{subject}', 'An article')}`,
        ...headers.map(([name, value]) => `${name}: ${value}`),
      ];
      const found = await classify(Buffer.from([...lines, '', body].join('\r\n')));
      if (!accept.includes(WORD[found])) mistaken.push(`${id}: ${found}`);
    }

    expect(mistaken).toEqual([]);
  });
});
