const HTML_ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? character);
}

/**
 * The HTML part of a mail that was written as text: same words, same links, nothing added (features F20, F50).
 *
 * A blank line ends a paragraph; a web address becomes a link to exactly itself.
 */
export function textToHtml(text: string): string {
  const paragraphs = text
    .replace(/\r\n?/g, '\n')
    .trim()
    .split(/\n[ \t]*(?:\n[ \t]*)+/)
    .map((paragraph) => `<p>${htmlLines(paragraph)}</p>`);
  return `<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n${paragraphs.join('\n')}\n</body></html>\n`;
}

/** The inside of one paragraph. */
export function htmlLines(text: string): string {
  return withLinks(text).replaceAll('\n', '<br>\n');
}

/** A full stop or bracket after an address belongs to the sentence. */
const WEB_ADDRESS = /https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}]/gi;

/** Every web address of a text, in order, as often as it stands there. */
export function webAddressesIn(text: string): string[] {
  return [...text.matchAll(WEB_ADDRESS)].map((match) => match[0]);
}

function withLinks(text: string): string {
  let html = '';
  let end = 0;
  for (const match of text.matchAll(WEB_ADDRESS)) {
    const url = escapeHtml(match[0]);
    html += `${escapeHtml(text.slice(end, match.index))}<a href="${url}">${url}</a>`;
    end = match.index + match[0].length;
  }
  return html + escapeHtml(text.slice(end));
}
