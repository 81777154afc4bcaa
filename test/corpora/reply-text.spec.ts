import { readFileSync } from 'node:fs';
import { newTextOf } from '../../src/domain/reply-text.js';
import { pagesNamedIn } from '../../src/domain/reply-urls.js';
import { corpusPath, corpusRows, describeCorpus } from '../support/corpora.js';

interface ReplyRow {
  readonly id: string;
  readonly input: string;
  readonly expected: string | null;
  readonly kind: string;
  readonly html?: boolean;
}

const rows = corpusRows<ReplyRow>('reply_text', 'manifest.jsonl').flatMap((row) =>
  row.html !== true && row.expected !== null ? [{ ...row, expected: row.expected }] : [],
);
const inputOf = ({ input }: Pick<ReplyRow, 'input'>): string => readFileSync(corpusPath('reply_text', input), 'utf8');
const plain = (text: string): string => text.replace(/\s+/g, ' ').trim();
const addressesIn = (text: string): string[] => text.match(/https?:\/\/[^\s<>")\]]+/g) ?? [];

describeCorpus('answers of the corpus', () => {
  it('are cut to what was written in most cases', () => {
    const right = rows.filter((row) => plain(newTextOf(inputOf(row))) === plain(row.expected));

    expect(right.length / rows.length).toBeGreaterThan(0.68);
  });

  it('never give an address of the quoted mail', () => {
    const wrong = rows.flatMap((row) => {
      const own = addressesIn(row.expected).join(' ');
      return pagesNamedIn(inputOf(row))
        .filter((url) => !own.includes(new URL(url).host))
        .map((url) => `${row.id}: ${url}`);
    });

    expect(wrong).toEqual([]);
  });
});
