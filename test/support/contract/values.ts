import fc from 'fast-check';
import { isStorableText } from '../../../src/platform/database/storable-text.js';
import { type Contract, type JsonSchema, resolve } from '../../../src/platform/http/contract/shapes.js';
import { idSlot, kindOf } from './id-pool.js';

/** Longer texts are tried by the mutations; here they would only cost time. */
const LONG_ENOUGH = 2000;
const NASTY = [
  'null',
  '0',
  ' ',
  '\t',
  '../../etc/passwd',
  "'; DROP TABLE users; --",
  '{{#each}}',
  '<script>',
  '\u202Etxt',
  'a\u0301',
  '\uFE0F\uFE0F',
  '👩‍👩‍👧‍👦',
  '🫖',
  '%00',
  '-1',
];
const ADDRESSES = [
  'http://127.0.0.1:9/tea',
  'https://leaf.example/guide',
  'https://leaf.example/guide?a=b#c',
  'https://xn--mnchen-3ya.example/',
  'https://shop.example/',
];
const EMAILS = ['editor@leaf.example', 'a.b+c@leaf.example', 'ada@tea.example'];

/** Texts whose rules JSON Schema cannot say. All stay on this machine. */
const BY_NAME: Readonly<Record<string, readonly string[]>> = {
  host: ['127.0.0.1'],
  country: ['PT', 'DE'],
  ...{ email: EMAILS, value: EMAILS, fromAddress: EMAILS },
  ...{ url: ADDRESSES, sourceUrl: ADDRESSES, targetUrl: ADDRESSES, liveUrl: ADDRESSES, pageUrl: ADDRESSES },
};

/** Values that a schema lets pass, its edges among them. Ids stand as slots. */
export function valuesOf(contract: Contract, schema: JsonSchema, name = '', word = ''): fc.Arbitrary<unknown> {
  const shape = resolve(contract, schema);
  if (shape.enum) return fc.constantFrom(...shape.enum);
  const choices = shape.anyOf ?? shape.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => valuesOf(contract, choice, name, word)));
  if (shape.allOf) return valuesOf(contract, shape.allOf[0] ?? {}, name, word);
  const types = [shape.type].flat();
  return fc.oneof(...types.map((type) => ofType(contract, { ...shape, type: type ?? 'null' }, name, word)));
}

function ofType(contract: Contract, shape: JsonSchema & { readonly type: string }, name: string, word: string): fc.Arbitrary<unknown> {
  if (shape.type === 'object') return objects(contract, shape);
  if (shape.type === 'array') return lists(contract, shape, name, word);
  if (shape.type === 'string') return texts(shape, name, word);
  if (shape.type === 'integer') return fc.integer({ min: shape.minimum ?? -1_000_000, max: shape.maximum ?? Number.MAX_SAFE_INTEGER });
  return shape.type === 'boolean' ? fc.boolean() : fc.constant(null);
}

function objects(contract: Contract, { properties = {}, required = [] }: JsonSchema): fc.Arbitrary<unknown> {
  const model = Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, valuesOf(contract, inner, name)]));
  const some = fc.record(model, { requiredKeys: required, noNullPrototype: true });
  const few = fc.record(Object.fromEntries(Object.entries(model).filter(([name]) => required.includes(name))), { noNullPrototype: true });
  return fc.oneof({ weight: 3, arbitrary: some }, { weight: 2, arbitrary: few });
}

function lists(
  contract: Contract,
  { items = {}, minItems = 0, maxItems = Infinity, uniqueItems }: JsonSchema,
  name: string,
  word: string,
): fc.Arbitrary<unknown> {
  const size = { minLength: minItems, maxLength: Math.min(maxItems, minItems + 2) };
  const item = valuesOf(contract, items, name, word);
  return uniqueItems ? fc.uniqueArray(item, size) : fc.array(item, size);
}

function texts(shape: JsonSchema, name: string, word: string): fc.Arbitrary<string> {
  const named = BY_NAME[name]?.filter((text) => shape.pattern === undefined || new RegExp(shape.pattern, 'u').test(text));
  if (!named?.length) return shape.format === undefined ? plainTexts(shape) : formatted(shape.format, kindOf(name, word));
  const likely = { weight: 4, arbitrary: fc.constantFrom(...named) };
  // any other host might be one that is there, and would be called
  return name === 'host' || shape.format !== undefined ? likely.arbitrary : fc.oneof(likely, { weight: 1, arbitrary: plainTexts(shape) });
}

function plainTexts({ pattern, minLength = 0, maxLength = Infinity }: JsonSchema): fc.Arbitrary<string> {
  const form = pattern === undefined ? undefined : new RegExp(pattern, 'u');
  const fits = (text: string): boolean =>
    lengthOf(text) >= minLength && lengthOf(text) <= maxLength && isStorableText(text) && (form === undefined || form.test(text));
  // a pattern that ordinary words match only forbids some signs
  if (form !== undefined && !form.test('ordinary words')) return fc.stringMatching(form, { maxLength: Math.min(maxLength, 60) }).filter(fits);
  const max = Math.min(maxLength, Math.max(40, minLength + 10));
  const long = Math.min(maxLength, LONG_ENOUGH);
  const chosen = [...NASTY, 'x'.repeat(minLength), 'x'.repeat(long), 'é'.repeat(long)].filter(fits);
  return fc.oneof(
    fc.string({ minLength, maxLength: max, unit: 'grapheme' }).filter(fits),
    fc.string({ minLength, maxLength: max, unit: 'binary' }).filter(fits),
    fc.constantFrom(...(chosen.length > 0 ? chosen : ['ordinary words'.slice(0, maxLength)])),
  );
}

/** In code points, as JSON Schema counts. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

function formatted(format: string, kind: string): fc.Arbitrary<string> {
  const day = fc
    .date({ min: new Date('2026-01-01T00:00:00Z'), max: new Date('2027-12-31T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString());
  switch (format) {
    case 'uuid':
      return fc.oneof(
        { weight: 6, arbitrary: fc.constant(idSlot(kind, 0)) }, // the first of each kind belong together
        { weight: 3, arbitrary: fc.nat(50).map((at) => idSlot(kind, at)) },
        { weight: 1, arbitrary: fc.uuid({ version: 7 }) },
      );
    case 'date-time':
      return day;
    case 'date':
      return day.map((text) => text.slice(0, 10));
    case 'uri':
      return fc.constantFrom(...ADDRESSES);
    case 'email':
      return fc.constantFrom(...EMAILS);
    case 'iana-time-zone':
      return fc.constantFrom('Europe/Lisbon', 'America/New_York', 'UTC', 'Asia/Kathmandu');
    default:
      throw new Error(`Say in ${import.meta.filename} how a text of the format ${format} looks.`);
  }
}
