import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { normaliseEmail } from '../../src/domain/email-address.js';

const CORPORA = process.env['CORPORA_DIR'] ?? join(import.meta.dirname, '../../../shared/corpora');
const here = existsSync(join(CORPORA, 'email/isemail.jsonl'));

interface Row {
  readonly address: string;
  readonly verdict: 'accept' | 'reject' | 'either';
}

const addresses = (verdict: Row['verdict']): string[] =>
  ['email/isemail.jsonl', 'email/validatorjs_isEmail.jsonl']
    .flatMap((file) => readFileSync(join(CORPORA, file), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as Row)
    .filter((row) => row.verdict === verdict)
    .map(({ address }) => address);

(here ? describe : describe.skip)('addresses of the corpora (skipped where CORPORA_DIR is missing)', () => {
  it('accepts every address that must be accepted', () => {
    expect(addresses('accept').filter((address) => normaliseEmail(address) === undefined)).toEqual([]);
  });

  it('refuses every address that must be refused, space around it aside: that is cut off', () => {
    const refused = addresses('reject').filter((address) => address === address.trim());

    expect(refused.filter((address) => normaliseEmail(address) !== undefined)).toEqual([]);
  });

  it('refuses on purpose what RFC 5322 leaves open: comments, quotes, literals, numeric or single-label domains', () => {
    expect(addresses('either').filter((address) => normaliseEmail(address) !== undefined)).toEqual([]);
  });
});
