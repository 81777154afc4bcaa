import { type Call, fingerprintOf } from './fingerprint.js';

const CALL: Call = { method: 'POST', url: '/api/v1/teas', body: { name: 'Assam', tags: ['a', 'b'], origin: { country: 'IN', hills: null } } };

describe('fingerprintOf', () => {
  it('is the same for JSON that only stands in another order', () => {
    const body = { origin: { hills: null, country: 'IN' }, tags: ['a', 'b'], name: 'Assam' };

    expect(fingerprintOf({ ...CALL, body })).toBe(fingerprintOf(CALL));
  });

  it.each<[what: string, other: Partial<Call>]>([
    ['method', { method: 'PUT' }],
    ['path', { url: '/api/v1/teas/1' }],
    ['query', { url: '/api/v1/teas?draft=true' }],
    ['value', { body: { ...(CALL.body as object), name: 'Ceylon' } }],
    ['order in a list', { body: { ...(CALL.body as object), tags: ['b', 'a'] } }],
    ['type', { body: { ...(CALL.body as object), name: null } }],
    ['nesting', { body: { ...(CALL.body as object), origin: '{"country":"IN"}' } }],
    ['body at all', { body: undefined }],
  ])('is another for another %s', (_, other) => {
    expect(fingerprintOf({ ...CALL, ...other })).not.toBe(fingerprintOf(CALL));
  });

  it('takes bytes as they are', () => {
    const of = (text: string) => fingerprintOf({ ...CALL, body: Buffer.from(text) });

    expect(of('Subject: a')).toBe(of('Subject: a'));
    expect(of('Subject: a')).not.toBe(of('Subject: a '));
  });
});
