import { textWithin } from './storable-text.js';

describe('textWithin', () => {
  it.each([
    ['what fits', 'tea', 3, 'tea'],
    ['ASCII by the byte', 'teapot', 3, 'tea'],
    ['no half of a character of two bytes', 'aéé', 4, 'aé'],
    ['no half of a character of three bytes', '茶茶', 5, '茶'],
    ['no half of a pair', 'ab🍵', 5, 'ab'],
    ['a pair that fits', 'ab🍵', 6, 'ab🍵'],
    ['nothing that PostgreSQL cannot store', 'a\0b', 10, 'a\uFFFDb'],
    ['what grows by being made storable', '\0\0', 3, '\uFFFD'],
  ])('keeps %s', (_, text, maxBytes, kept) => {
    expect(textWithin(text, maxBytes)).toBe(kept);
  });
});
