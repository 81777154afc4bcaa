import type { TemplateValues, TemplateVariable } from './template-variables.js';
import { htmlLines, textToHtml } from './text-to-html.js';

/** One part of a mail as it was written, and the variables that its template names. */
export interface WrittenPart {
  readonly content: string;
  readonly variables: readonly TemplateVariable[];
}

/** What the reader of an HTML part can see of it. */
export interface SeenPage {
  readonly text: string;
  /** Where the links lead that can be clicked. */
  readonly links: readonly string[];
}

/** The reading of HTML is not ours: who calls brings it. */
export type SeeHtml = (html: string) => SeenPage;

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

/**
 * The same for an HTML part that was written by hand. What its reader cannot see does not count as shown.
 * @returns undefined when whatever is put at its end stays unseen, as after a comment that is never closed
 */
export function endHtml(part: WrittenPart, values: TemplateValues, see: SeeHtml): string | undefined {
  const { content } = part;
  const seen = see(content);
  const lacking = (name: TemplateVariable): string[] => {
    const own = linesOf(values[name]);
    const shown = own.every((line) => seen.text.includes(line)) && (content.includes(htmlLines(own.join('\n'))) || part.variables.includes(name));
    return shown ? [] : own;
  };
  const unsubscribe = linesOf(values['links.unsubscribe']).join(' ');
  const optOut = seesOptOut(seen, values) ? [] : [`${OPT_OUT} ${unsubscribe}`];
  const address = lacking('sender.postalAddress');
  const paragraphs = [lacking('sender.signature'), address, optOut]
    .filter((lines) => lines.length > 0)
    .map((lines) => `<p>${htmlLines(lines.join('\n'))}</p>\n`)
    .join('');
  if (paragraphs === '') return content;
  return [endOfBody(content), content.length]
    .map((at) => content.slice(0, at) + paragraphs + content.slice(at))
    .find((ended) => {
      const { text, links } = see(ended);
      return seesOptOut({ text, links }, values) && address.every((line) => text.includes(line));
    });
}

/** Whether what is put at the end of this HTML can be seen. */
export function canEndHtml(html: string, see: SeeHtml): boolean {
  return (
    endHtml(
      { content: html, variables: [] },
      { 'sender.postalAddress': '1 Ending Lane', 'links.unsubscribe': 'https://ending.invalid/u/ending' },
      see,
    ) !== undefined
  );
}

/** How a mail ends: one of outreach as above, an answer to somebody who wrote first with the signature alone (standards 26). */
export type MailEnding = 'outreach' | 'answer';

export function valuesOfEnding(values: TemplateValues, ending: MailEnding): TemplateValues {
  return ending === 'outreach' ? values : { 'sender.signature': values['sender.signature'] };
}

/**
 * The parts of a mail of outreach that a person has rewritten, with whatever their endings have lost. Who took out the
 * signature alone, and left the link to stop all mail, meant it. HTML that cannot show its ending gives way to the text.
 */
export function endRewritten(
  { text, html }: { readonly text: string; readonly html: string | null },
  { variables, see }: { readonly variables: readonly TemplateVariable[]; readonly see: SeeHtml },
  values: TemplateValues,
): { text: string; html: string } {
  const rest = (keepsLink: boolean): TemplateValues => (keepsLink ? { ...values, 'sender.signature': null } : values);
  const ended = endText({ content: text, variables }, rest(showsOptOut(text, values)));
  const own = html === null ? undefined : endHtml({ content: html, variables }, rest(seesOptOut(see(html), values)), see);
  return { text: ended, html: own ?? textToHtml(ended) };
}

/** What may stand between a web address and the space after it: mail programs leave it out of the link that they make. */
const AFTER_LINK = String.raw`(?:[?#]\S*)?[.,;:!?)\]}'’”»]*(?=$|[\s"<>])`;

/** By its path: a mail may have been written when the links of its mailbox stood under another domain. What is glued to it kills it. */
function showsOptOut(content: string, values: TemplateValues): boolean {
  const link = linesOf(values['links.unsubscribe']).join(' ');
  if (link === '') return true;
  const path = URL.canParse(link) ? new URL(link).pathname : link;
  return new RegExp(path.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`) + AFTER_LINK).test(content);
}

function seesOptOut({ text, links }: SeenPage, values: TemplateValues): boolean {
  return showsOptOut(text, values) || links.some((link) => showsOptOut(link, values));
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
