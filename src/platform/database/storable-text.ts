/** NUL, which PostgreSQL cannot store, and halves of surrogate pairs, which UTF-8 cannot write. */
const UNSTORABLE = /[\0\p{Cs}]/u;
const EACH_UNSTORABLE = new RegExp(UNSTORABLE, 'gu');

export function isStorableText(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** What others wrote, as a column takes it: cut to its length, which may halve a pair, and the replacement character for what cannot be kept. */
export function storableText(text: string, maxLength = Infinity): string {
  return text.slice(0, maxLength).replaceAll(EACH_UNSTORABLE, '\uFFFD');
}

/** The same, cut to what takes at most so many bytes as UTF-8; no character is halved. */
export function textWithin(text: string, maxBytes: number): string {
  const kept = storableText(text, maxBytes); // a UTF-16 unit takes a byte or more
  const bytes = Buffer.from(kept);
  if (bytes.length <= maxBytes) return kept;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1; // within a character
  return bytes.toString('utf8', 0, end);
}
