import { RuleViolation } from '../../domain/errors.js';
import type { ProblemCode } from '../../domain/problem-catalogue.js';
import type { TemplateKind } from '../../domain/template.js';
import type { TemplateValues } from '../../domain/template-variables.js';
import { htmlToText } from './html-to-text.js';
import { compileMailTemplate, type MailRenderResult, type MailTemplateSource, renderMailTemplate } from './mail-template.js';
import { refuseSpintax } from './spintax.js';
import { compileTemplate } from './template-compiler.js';

export type TemplateParts = Partial<MailTemplateSource>;

/** What is asked of the thread: whether parts may be stored, the mail that a stored template makes, or the text of an HTML part. */
export type TemplateTask =
  | { readonly do: 'check'; readonly parts: TemplateParts }
  | { readonly do: 'render'; readonly source: MailTemplateSource; readonly values: TemplateValues }
  | { readonly do: 'text'; readonly html: string };

/** Plain data: it crosses the border of a thread. */
export type TemplateAnswer =
  | { readonly done: 'check' }
  | { readonly done: 'render'; readonly result: MailRenderResult }
  | { readonly done: 'text'; readonly text: string }
  | { readonly done: 'refused'; readonly code: ProblemCode; readonly detail: string; readonly facts: Readonly<Record<string, unknown>> }
  | { readonly done: 'failed'; readonly detail: string };

const KINDS: readonly TemplateKind[] = ['subject', 'text', 'html'];

export function doTemplateTask(task: TemplateTask): TemplateAnswer {
  try {
    if (task.do === 'render') return { done: 'render', result: renderMailTemplate(compileMailTemplate(task.source), task.values) };
    if (task.do === 'text') return { done: 'text', text: htmlToText(task.html) };
    for (const kind of KINDS) checkPart(kind, task.parts[kind]);
    return { done: 'check' };
  } catch (error) {
    if (error instanceof RuleViolation) return { done: 'refused', code: error.code, detail: error.message, facts: error.facts };
    return { done: 'failed', detail: String(error) };
  }
}

function checkPart(kind: TemplateKind, source: string | null | undefined): void {
  if (source == null) return;
  compileTemplate(source, kind, `/${kind}`);
  refuseSpintax(source, `/${kind}`);
}
