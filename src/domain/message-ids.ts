/**
 * The ids named in a Message-ID, In-Reply-To or References header, oldest first, without brackets, each once.
 *
 * Where the header has no brackets at all, bare words count: some providers write them so, and SES leaves
 * out the domain as well (standards 35). RFC 5322 section 3.6.4.
 */
export function parseMessageIds(header: string): string[] {
  const bracketed = [...header.matchAll(/<([^<>]+)>/g)].map((match) => withoutSpace(match[1] ?? ''));
  const ids = bracketed.length > 0 ? bracketed : bareWords(header);
  return [...new Set(ids.filter((id) => id !== ''))];
}

/** One id as it is compared and stored: no brackets, no space around. */
export function bareMessageId(id: string): string {
  return id.trim().replace(/^</, '').replace(/>$/, '').trim();
}

/** Folding may leave space inside long ids. */
function withoutSpace(id: string): string {
  return id.replace(/\s+/g, '');
}

/** `Your message of Monday` names no id; one single word, or a word with an @, does. */
function bareWords(header: string): string[] {
  const words = header.split(/[\s,<>]+/).filter((word) => word !== '');
  return words.length === 1 ? words : words.filter((word) => word.includes('@'));
}
