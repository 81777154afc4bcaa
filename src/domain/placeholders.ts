/** What people leave in a text to fill in later (feature F17), and what a broken template leaves behind. `{Hi|Hello}` is spintax: nothing here turns it. */
const PLACEHOLDERS: readonly RegExp[] = [
  /\{\{[^{}\n]{0,60}(?:\}\})?|\}\}/g,
  /(?<![{$])\{[a-z][\w .-]{0,40}\}/gi,
  /(?<![{$])\{[^{}|\n]{0,80}\|[^{}\n]{0,160}\}/g,
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

/** Texts that readers see in an HTML part beside what stands between its tags. */
const SEEN_IN_TAGS = /\b(?:href|src|alt|title)\s*=\s*(?:"([^"]{0,2000})"|'([^']{0,2000})')/gi;

/** All parts of one mail; of an HTML part, what readers see and where its links lead: its styles and comments hold brackets of their own. */
export function leftOverInMail(mail: { readonly subject?: string | null; readonly text?: string | null; readonly html?: string | null }): string[] {
  return leftOverPlaceholders([mail.subject ?? '', mail.text ?? '', seenInHtml(mail.html ?? '')].join('\n'));
}

function seenInHtml(html: string): string {
  return outside(outside(html, '<!--', '-->'), '<style', '</style').replace(/<[a-z/!][^<>]{0,10000}>/gi, (tag) =>
    [...tag.matchAll(SEEN_IN_TAGS)].map((match) => ` ${match[1] ?? match[2] ?? ''} `).join(''),
  );
}

/** A text without what stands between two marks; what is never closed goes to the end. */
function outside(text: string, open: string, close: string): string {
  const lower = text.toLowerCase();
  let kept = '';
  let at = 0;
  for (;;) {
    const start = lower.indexOf(open, at);
    if (start === -1) return kept + text.slice(at);
    kept += text.slice(at, start);
    const end = lower.indexOf(close, start + open.length);
    if (end === -1) return kept;
    at = end + close.length;
  }
}

/** Placeholders that nobody filled in, as they stand in the text, each once. Empty means that the text may go out. */
export function leftOverPlaceholders(text: string): string[] {
  const bracketed = [...text.matchAll(BRACKETED)].filter((match) => !TITLE_TAGS.has((match[1] ?? '').toLowerCase()));
  const others = PLACEHOLDERS.flatMap((pattern) => [...text.matchAll(pattern)]);
  const found = [...bracketed, ...others].sort((a, b) => a.index - b.index).map((match) => match[0]);
  return [...new Set(found)].slice(0, REPORTED_AT_MOST);
}
