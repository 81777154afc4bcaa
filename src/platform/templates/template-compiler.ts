import Handlebars from 'handlebars';
import { escapeHtml } from '../../domain/text-to-html.js';
import { fillTemplate, templateVariablesIn, type TemplateKind, type TemplateNode } from '../../domain/template.js';
import type { TemplateValues, TemplateVariable } from '../../domain/template-variables.js';
import { refuseOversized } from './template-limits.js';
import { toTemplateNodes } from './template-allow-list.js';
import { templateProblem, type TemplatePlace } from './template-problem.js';

export interface CompiledTemplate {
  readonly kind: TemplateKind;
  /** Every variable it names, sorted. */
  readonly variables: readonly TemplateVariable[];
  readonly nodes: readonly TemplateNode[];
}

export type RenderResult =
  | { readonly ok: true; readonly text: string }
  /** `missing` lists every variable that has neither value nor fallback; it is empty when the result is too long. */
  | { readonly ok: false; readonly missing: readonly TemplateVariable[]; readonly tooLong: boolean };

/** 256 kB, in UTF-16 units; a subject must fit one header line (RFC 5322 section 2.1.1). */
const OUTPUT_LIMIT = { subject: 900, text: 256 * 1024, html: 256 * 1024 } as const;

/**
 * Reads a template that a user wrote. Handlebars only parses it: the tree is copied node by node into
 * {@link TemplateNode}, which knows nothing but text, variables and branches, and what does not fit is refused.
 * So nothing a user wrote is ever made into code, looks up a property or calls a helper.
 *
 * @param pointer  where the source stands in the request body, such as `/text`
 * @throws RuleViolation `template_syntax`, `template_not_allowed` or `template_unknown_variable`, with line and column from 1
 */
export function compileTemplate(source: string, kind: TemplateKind, pointer = ''): CompiledTemplate {
  refuseOversized(source, pointer);
  if (kind === 'subject' && /\p{Cc}/u.test(source)) {
    throw templateProblem('template_syntax', 'A subject is one line, without control characters.', { pointer, line: 1, column: source.search(/\p{Cc}/u) + 1 });
  }
  const nodes = toTemplateNodes(parse(source, pointer), { kind, pointer });
  return { kind, nodes, variables: templateVariablesIn(nodes) };
}

/** Fills a template in. A mail with a hole is no mail: without a value or fallback for each variable there is no text. */
export function renderTemplate(template: CompiledTemplate, values: TemplateValues): RenderResult {
  const { text, missing } = fillTemplate(template.nodes, values, template.kind === 'html' ? escapeHtml : (value) => value);
  if (missing.length > 0) return { ok: false, missing, tooLong: false };
  const result = template.kind === 'subject' ? oneLine(text) : text;
  if (result.length > OUTPUT_LIMIT[template.kind]) return { ok: false, missing: [], tooLong: true };
  return { ok: true, text: result };
}

/** A line break in a value must not start a header of its own. Cc is every control character, Zl and Zp are line separators. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

function parse(source: string, pointer: string): hbs.AST.Program {
  try {
    return Handlebars.parse(source);
  } catch (error) {
    throw templateProblem('template_syntax', syntaxDetail(error), { pointer, ...placeOfError(error) });
  }
}

/** The first line of the parser's message is for its authors; the part after it says what stands there. */
function syntaxDetail(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const mismatch = /^(\S+) doesn't match (\S+)/.exec(message);
  if (mismatch) return `The block {{#${mismatch[1] ?? ''}}} is closed by {{/${mismatch[2] ?? ''}}}.`;
  if (message.includes("got 'EOF'")) return 'The template ends before a block or a {{…}} is closed.';
  if (message.includes("Expecting 'EOF'")) return 'This closes or continues a block that was never opened.';
  return 'This is not a template expression. Write {{contact.firstName}}, {{fallback contact.firstName "there"}} or {{#if …}}…{{/if}}.';
}

/** Handlebars puts the place on its own exceptions; for the parser's errors it stays in the lexer, which is where reading stopped. */
function placeOfError(error: unknown): TemplatePlace {
  const own = error as { lineNumber?: number; column?: number };
  if (own.lineNumber !== undefined && own.column !== undefined) return { line: own.lineNumber, column: own.column + 1 };
  const { lexer } = (Handlebars as unknown as { Parser: { lexer: { yylloc: { first_line: number; first_column: number } } } }).Parser;
  return { line: lexer.yylloc.first_line, column: lexer.yylloc.first_column + 1 };
}
