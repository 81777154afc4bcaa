import { outreachMessageId } from './message-id.js';

const KEY = Buffer.alloc(32, 7);
const step = { enrollmentId: '0199a0c0-0000-7000-8000-000000000001', stepKey: 'first' };

describe('outreachMessageId', () => {
  it('is the same for the same step, today and after a restore', () => {
    expect(outreachMessageId(KEY, step, 'tea.example')).toBe(outreachMessageId(Buffer.alloc(32, 7), { ...step }, 'tea.example'));
    expect(outreachMessageId(KEY, step, 'tea.example')).toMatch(/^[0-9a-f]{40}@tea\.example$/);
  });

  it.each([
    ['another step', KEY, { ...step, stepKey: 'second' }],
    ['another enrollment', KEY, { ...step, enrollmentId: '0199a0c0-0000-7000-8000-000000000002' }],
    ['another key', Buffer.alloc(32, 8), step],
  ])('differs for %s', (_, key, other) => {
    expect(outreachMessageId(key, other, 'tea.example')).not.toBe(outreachMessageId(KEY, step, 'tea.example'));
  });
});
