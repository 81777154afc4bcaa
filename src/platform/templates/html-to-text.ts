import { compile } from 'html-to-text';

const LENGTH_AT_MOST = 1_000_000;

const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];
const CELL = { format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } };

/** Nothing is written in capitals and no line is cut: what stands between braces must stay as it is. */
const convert = compile({
  wordwrap: false,
  limits: { maxInputLength: LENGTH_AT_MOST },
  selectors: [
    { selector: 'a', options: { linkBrackets: ['<', '>'], hideLinkHrefIfSameAsText: true } },
    { selector: 'img', format: 'skip' },
    { selector: 'hr', options: { length: 3 } },
    ...HEADINGS.map((selector) => ({ selector, options: { uppercase: false } })),
    ...['td', 'th'].map((selector) => ({ selector, ...CELL })),
  ],
});

/**
 * The words of an HTML part with the addresses of its links, as the text part of the same mail (feature F20). Slow for HTML
 * that is nested thousands deep: ask it in a thread of limited time only.
 *
 * @returns an empty text when the HTML shows no words, or is too deep to read, or would become too long
 */
export function htmlToText(html: string): string {
  try {
    const text = convert(html).replaceAll('\u00a0', ' ').trim();
    return text.length > LENGTH_AT_MOST ? '' : text;
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}
