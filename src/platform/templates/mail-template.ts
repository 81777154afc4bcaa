import { endHtml, endText, type MailEnding, valuesOfEnding } from '../../domain/mail-footer.js';
import { textToHtml } from '../../domain/text-to-html.js';
import type { TemplateValues, TemplateVariable } from '../../domain/template-variables.js';
import { compileTemplate, renderTemplate, type CompiledTemplate } from './template-compiler.js';

export interface MailTemplateSource {
  readonly subject: string;
  readonly text: string;
  readonly html?: string | null | undefined;
}

export interface MailTemplate {
  readonly subject: CompiledTemplate;
  readonly text: CompiledTemplate;
  readonly html: CompiledTemplate | undefined;
  /** Every variable of all parts, sorted. */
  readonly variables: readonly TemplateVariable[];
}

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export type MailRenderResult =
  | { readonly ok: true; readonly mail: RenderedMail }
  | { readonly ok: false; readonly missing: readonly TemplateVariable[]; readonly tooLong: boolean };

/** @throws RuleViolation as compileTemplate, the pointer naming the part: `/subject`, `/text` or `/html` */
export function compileMailTemplate(source: MailTemplateSource): MailTemplate {
  const subject = compileTemplate(source.subject, 'subject', '/subject');
  const text = compileTemplate(source.text, 'text', '/text');
  const html = source.html == null ? undefined : compileTemplate(source.html, 'html', '/html');
  const variables = new Set([subject, text, html].flatMap((part) => part?.variables ?? []));
  return { subject, text, html, variables: [...variables].sort() };
}

/**
 * All parts filled in and with their endings, as far as `values` know them: signature, postal address, the way to stop all
 * mail. The HTML part is made from the text where none was written. Or everything that is missing.
 */
export function renderMailTemplate(template: MailTemplate, values: TemplateValues, ending: MailEnding = 'outreach'): MailRenderResult {
  const subject = renderTemplate(template.subject, values);
  const text = renderTemplate(template.text, values);
  const html = template.html ? renderTemplate(template.html, values) : undefined;
  if (subject.ok && text.ok && html?.ok !== false) {
    const ends = valuesOfEnding(values, ending);
    const ended = endText({ content: text.text, variables: template.text.variables }, ends);
    const own = html && template.html && endHtml({ content: html.text, variables: template.html.variables }, ends);
    return { ok: true, mail: { subject: subject.text, text: ended, html: own ?? textToHtml(ended) } };
  }
  const refused = [subject, text, html].flatMap((part) => (part?.ok === false ? [part] : []));
  return { ok: false, missing: [...new Set(refused.flatMap((part) => part.missing))], tooLong: refused.some((part) => part.tooLong) };
}
