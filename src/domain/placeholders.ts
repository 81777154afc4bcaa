/** What people leave in a text to fill in later (feature F17), and what a broken template leaves behind. */
const PLACEHOLDERS: readonly RegExp[] = [
  /\{\{[^{}\n]{0,60}(?:\}\})?|\}\}/g,
  /(?<![{$])\{[a-z][\w .-]{0,40}\}/gi,
  /<<[a-z][\w .-]{0,40}>>/gi,
  /%[A-Z][A-Z_]{2,30}%/g,
  /\$\{[^{}\n]{0,60}\}/g,
  /\bX{3,}\b/g,
  /\b(?:TODO|TBD|FIXME)\b/g,
  /\blorem ipsum\b/gi,
];

/** `[name]`, but not a Markdown link, a footnote or a number. */
const BRACKETED = /\[([\p{L}][\p{L}\p{N}'’ _./-]{0,50})\](?!\()/gu;

/** Brackets that stand in titles of real pages. */
const TITLE_TAGS: ReadonlySet<string> = new Set(['pdf', 'video', 'infographic', 'podcast', 'webinar', 'sic', 'updated', 'update', 'new', 'free']);

const REPORTED_AT_MOST = 20;

/** Placeholders that nobody filled in, as they stand in the text, each once. Empty means that the text may go out. */
export function leftOverPlaceholders(text: string): string[] {
  const bracketed = [...text.matchAll(BRACKETED)].filter((match) => !TITLE_TAGS.has((match[1] ?? '').toLowerCase()));
  const others = PLACEHOLDERS.flatMap((pattern) => [...text.matchAll(pattern)]);
  const found = [...bracketed, ...others].sort((a, b) => a.index - b.index).map((match) => match[0]);
  return [...new Set(found)].slice(0, REPORTED_AT_MOST);
}
