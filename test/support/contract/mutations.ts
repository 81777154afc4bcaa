import fc from 'fast-check';

/** What a careless or a hostile client may put where something else belongs. */
const WRONG: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, -1e308, 2 ** 53, 2 ** 31, [], [[]], [null], {}, { a: 1 }, ['x'], [{}]],
  ...['', ' ', '0', 'x'.repeat(3000), '🫖'.repeat(400), '\0', 'a\0b', '\uD800', '\uDC00x', '\uFEFF', 'NaN', '[object Object]'],
  ...['2026-02-30', '2026-13-01T00:00:00Z', '9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z', '-271821-04-20T00:00:00Z', '2026-11-02T10:00:00+24:00'],
  ...[
    'not-an-id',
    '00000000-0000-0000-0000-000000000000',
    'javascript:alert(1)',
    'http://169.254.169.254/',
    'http://[::1]/',
    'https://user:pw@leaf.example/',
    'http://leaf.example:99999/',
  ],
  ...["'; DROP TABLE users; --", '{{constructor}}', '__proto__', 'a@b', '@', 'a@leaf.example\r\nBcc: b@leaf.example', 'Europe/Nowhere', '\u202E'],
];

type Container = Record<string, unknown> | unknown[];
/** What a place holds afterwards; undefined takes it away. */
type Change = (present: unknown, wrong: unknown) => unknown;

const CHANGES: readonly Change[] = [
  (_, wrong) => wrong,
  (_, wrong) => wrong,
  () => undefined,
  (present, wrong) => (typeof present === 'object' && present !== null && !Array.isArray(present) ? { ...present, unheardOf: wrong } : wrong),
  (present) => Array.from({ length: 1001 }, () => present),
  (_, wrong) => [wrong],
  (present, wrong) => (typeof present === 'string' ? 'x'.repeat(70_000) : wrong),
];

/** A value with one thing in it changed, anywhere; the value as a whole is one of the places. */
export function mutated(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(values, fc.nat(1000), fc.constantFrom(...CHANGES), fc.constantFrom(...WRONG)).map(([value, at, change, wrong]) => {
    const whole: Record<string, unknown> = { value: structuredClone(value) };
    const places = placesIn(whole);
    const [container, name] = places[at % places.length] ?? [whole, 'value'];
    const changed = change(Reflect.get(container, name), wrong);
    if (changed === undefined) Reflect.deleteProperty(container, name);
    else Object.defineProperty(container, name, { value: changed, enumerable: true, writable: true, configurable: true });
    return whole['value'];
  });
}

type Place = readonly [container: Container, name: string];

function placesIn(container: Container): Place[] {
  return Object.entries(container).flatMap(([name, inner]) => [
    [container, name] as const,
    ...(typeof inner === 'object' && inner !== null ? placesIn(inner as Container) : []),
  ]);
}
