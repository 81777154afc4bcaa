import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { normaliseEmail } from '../../src/domain/email-address.js';
import { GOOD_REQUESTS } from '../support/good-requests.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { routesWithTexts, withAt } from '../support/text-fields.js';

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

interface Outcome {
  readonly status: number;
  readonly problem?: { readonly errors?: readonly { readonly pointer: string }[] };
}

type Field = (typeof FIELDS)[number];

/** Every field of the contract that takes an address; those of a login only compare. */
const FIELDS = routesWithTexts().flatMap(({ name, fields }) =>
  fields.flatMap(({ path, pointer }) =>
    /(?:email|Address)$|^\/value$/.test(pointer) && !/^post \/(?:auth|mailboxes\/oauth)|postalAddress/.test(name + pointer)
      ? [{ name, path, pointer }]
      : [],
  ),
);

(here ? describe : describe.skip)('addresses of the corpora in every field that takes one (skipped where CORPORA_DIR is missing)', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp();
  });

  afterAll(() => t.close());

  /** What became of the one address in it: a bulk answer tells so of its item. */
  async function outcomeOf({ name, path }: Field, address: string): Promise<Outcome> {
    const good = await GOOD_REQUESTS[name]?.(t);
    if (!good) throw new Error(`${name} has no good request.`);
    const method = name.startsWith('patch') ? 'patch' : 'post';
    const call = t.request()[method](`/api/v1${good.path}`).set('authorization', `Bearer ${t.owner.key}`).set('if-match', '*');
    const answer = await call.send(withAt(good.body as object, path, address));
    const body = answer.body as Outcome['problem'] & { results?: Outcome[] };
    return body.results?.[0] ?? { status: answer.status, problem: body };
  }

  it.each(FIELDS)(
    'takes what must be accepted and refuses what must be refused, naming the field: $name $pointer',
    async (field) => {
      await t.db.query('DELETE FROM suppressions WHERE workspace_id = $1', [t.owner.workspaceId]);
      const expected = { accept: [200, 201], reject: [400, 422], either: [200, 201, 400, 422] };
      const wrong: string[] = [];

      for (const verdict of ['accept', 'reject', 'either'] as const) {
        for (const address of addresses(verdict).filter((one) => verdict !== 'reject' || one === one.trim())) {
          const { status, problem } = await outcomeOf(field, address);
          const named = problem?.errors?.some(({ pointer }) => field.pointer.endsWith(pointer)) ?? false;
          if (!expected[verdict].includes(status) || (status >= 400 && !named))
            wrong.push(`${verdict} ${JSON.stringify({ address, status, problem })}`);
        }
      }

      expect(wrong.slice(0, 20)).toEqual([]);
    },
    180_000,
  );

  it('knows them all', () => {
    expect(FIELDS.map(({ pointer }) => pointer)).toEqual(expect.arrayContaining(['/email', '/items/0/contacts/0/email', '/value', '/fromAddress']));
  });
});
