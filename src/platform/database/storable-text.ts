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
