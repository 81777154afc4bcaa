import type { TemplateValues, TemplateVariable } from './template-variables.js';
import { escapeHtml, htmlLines, textToHtml } from './text-to-html.js';

/** One part of a mail as it was written, and the variables that its template names. */
export interface WrittenPart {
  readonly content: string;
  readonly variables: readonly TemplateVariable[];
}

const OPT_OUT = 'If you would rather not hear from us again:';

/**
 * The text part with the signature of the mailbox, the postal address of the workspace and the way to end all mail at its
 * end, each unless the text shows it already (standards 25, 28; feature F48). What is not known is left out, and nothing of
 * it is read as a template.
 */
export function endText(part: WrittenPart, values: TemplateValues): string {
  const { content } = part;
  const lines = `\n${content.replaceAll(/[ \t]+$/gm, '')}\n`;
  const shows = (name: TemplateVariable): boolean => {
    const own = linesOf(values[name]);
    return lines.includes(`\n${own.join('\n')}\n`) || (part.variables.includes(name) && own.every((line) => content.includes(line)));
  };
  const unsubscribe = linesOf(values['links.unsubscribe']).join(' ');
  const signature = shows('sender.signature') ? [] : linesOf(values['sender.signature']);
  const address = shows('sender.postalAddress') ? [] : linesOf(values['sender.postalAddress']);
  const blocks = [
    signature.length > 0 ? ['-- ', ...signature] : [],
    [...address, ...(showsOptOut(content, values) ? [] : [`${OPT_OUT} ${unsubscribe}`])],
  ].filter((block) => block.length > 0);
  return blocks.length === 0 ? content : `${[content.trimEnd(), ...blocks.map((block) => block.join('\n'))].join('\n\n')}\n`;
}

/** The same for an HTML part that was written by hand. */
export function endHtml(part: WrittenPart, values: TemplateValues): string {
  const { content } = part;
  const lacking = (name: TemplateVariable): string[] => {
    const own = linesOf(values[name]);
    const shown =
      content.includes(htmlLines(own.join('\n'))) || (part.variables.includes(name) && own.every((line) => content.includes(escapeHtml(line))));
    return shown ? [] : own;
  };
  const unsubscribe = linesOf(values['links.unsubscribe']).join(' ');
  const optOut = showsOptOut(content.replaceAll('&amp;', '&'), values) ? [] : [`${OPT_OUT} ${unsubscribe}`];
  const paragraphs = [lacking('sender.signature'), lacking('sender.postalAddress'), optOut]
    .filter((lines) => lines.length > 0)
    .map((lines) => `<p>${htmlLines(lines.join('\n'))}</p>\n`);
  const at = endOfBody(content);
  return content.slice(0, at) + paragraphs.join('') + content.slice(at);
}

/** How a mail ends: one of outreach as above, an answer to somebody who wrote first with the signature alone (standards 26). */
export type MailEnding = 'outreach' | 'answer';

export function valuesOfEnding(values: TemplateValues, ending: MailEnding): TemplateValues {
  return ending === 'outreach' ? values : { 'sender.signature': values['sender.signature'] };
}

/**
 * The parts of a mail of outreach that a person has rewritten, with whatever their endings have lost. Who took out the
 * signature alone, and left the link to stop all mail, meant it.
 */
export function endRewritten(
  { text, html }: { readonly text: string; readonly html: string | null },
  variables: readonly TemplateVariable[],
  values: TemplateValues,
): { text: string; html: string } {
  const rest = (content: string): TemplateValues => (showsOptOut(content, values) ? { ...values, 'sender.signature': null } : values);
  const ended = endText({ content: text, variables }, rest(text));
  return { text: ended, html: html === null ? textToHtml(ended) : endHtml({ content: html, variables }, rest(html)) };
}

/** By its path: a mail may have been written when the links of its mailbox stood under another domain. */
function showsOptOut(content: string, values: TemplateValues): boolean {
  const link = linesOf(values['links.unsubscribe']).join(' ');
  const path = URL.canParse(link) ? new URL(link).pathname : link;
  return content.includes(path);
}

/** Before the tags that close the page, where there are any: what stands after them some programs do not show. */
function endOfBody(html: string): number {
  const lower = html.toLowerCase();
  const [body, page] = [lower.lastIndexOf('</body'), lower.lastIndexOf('</html')];
  if (body !== -1) return body;
  return page === -1 ? html.length : page;
}

/** Of something unknown: none. A blank line would end a paragraph. */
function linesOf(value: string | null | undefined): string[] {
  return (value ?? '')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]/gu, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
