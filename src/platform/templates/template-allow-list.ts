import type { TemplateChoice, TemplateKind, TemplateNode } from '../../domain/template.js';
import { isTemplateVariable, TEMPLATE_VARIABLES, type TemplateVariable } from '../../domain/template-variables.js';
import { templateProblem, type TemplateProblemCode } from './template-problem.js';

interface Reading {
  readonly kind: TemplateKind;
  readonly pointer: string;
}

const BLOCK_DEPTH_LIMIT = 2;

/**
 * Copies what a template may hold out of Handlebars' tree: text, `{{variable}}`, `{{fallback variable "text"}}`,
 * `{{#if variable}}` and `{{#unless variable}}` two deep. Everything else is refused by having no place to go.
 *
 * @throws RuleViolation `template_not_allowed`, `template_unknown_variable`
 */
export function toTemplateNodes(program: hbs.AST.Program | undefined, reading: Reading, depth = 0): TemplateNode[] {
  return (program?.body ?? []).flatMap((statement) => toNode(statement, reading, depth));
}

function toNode(statement: hbs.AST.Statement, reading: Reading, depth: number): TemplateNode[] {
  switch (statement.type) {
    case 'ContentStatement':
      return [{ do: 'write', text: (statement as hbs.AST.ContentStatement).value }];
    case 'CommentStatement':
      return [];
    case 'MustacheStatement':
      return [toInsert(statement as hbs.AST.MustacheStatement, reading)];
    case 'BlockStatement':
      return [toBranch(statement as hbs.AST.BlockStatement, reading, depth)];
    case 'PartialStatement':
    case 'PartialBlockStatement':
      throw problem('template_not_allowed', 'A template cannot include another one.', statement, reading);
    default:
      throw problem('template_not_allowed', 'This is not allowed in a template.', statement, reading);
  }
}

function toInsert(statement: hbs.AST.MustacheStatement, reading: Reading): TemplateNode {
  // false for {{{ and {{&; the parser's type says `escaped: boolean`
  if (reading.kind === 'html' && !statement.escaped) {
    throw problem('template_not_allowed', 'Write {{…}} with two braces: values are always escaped in HTML.', statement, reading);
  }
  if (statement.params.length === 0 && !hasNamedParams(statement)) return { do: 'insert', choices: [{ variable: toVariable(statement.path, reading) }] };
  if (pathOf(statement.path) !== 'fallback' || hasNamedParams(statement)) {
    throw problem('template_not_allowed', 'The only helper is fallback, as in {{fallback contact.firstName "there"}}.', statement, reading);
  }
  if (statement.params.length < 2) throw problem('template_syntax', 'fallback takes a variable and what to write instead.', statement, reading);
  return { do: 'insert', choices: statement.params.map((param) => toChoice(param, reading)) };
}

function toChoice(param: hbs.AST.Expression, reading: Reading): TemplateChoice {
  return param.type === 'StringLiteral' ? { literal: (param as hbs.AST.StringLiteral).value } : { variable: toVariable(param, reading) };
}

function toBranch(statement: hbs.AST.BlockStatement, reading: Reading, depth: number): TemplateNode {
  const name = pathOf(statement.path);
  const [condition] = statement.params;
  if (name !== 'if' && name !== 'unless') throw problem('template_not_allowed', 'The only blocks are if and unless.', statement, reading);
  if (condition === undefined || statement.params.length > 1 || hasNamedParams(statement) || hasBlockParams(statement)) {
    throw problem('template_syntax', `Write one variable after ${name}, as in {{#${name} contact.firstName}}.`, statement, reading);
  }
  if (depth >= BLOCK_DEPTH_LIMIT) throw problem('template_not_allowed', `Blocks go at most ${BLOCK_DEPTH_LIMIT} deep.`, statement, reading);
  const on = toVariable(condition, reading);
  const main = toTemplateNodes(statement.program, reading, depth + 1);
  const other = otherwise(statement, reading, depth);
  return name === 'if' ? { do: 'branch', on, known: main, unknown: other } : { do: 'branch', on, known: other, unknown: main };
}

/** A chain of else-if is as deep as its first block, however long it is. */
function otherwise(statement: hbs.AST.BlockStatement, reading: Reading, depth: number): TemplateNode[] {
  const inverse = statement.inverse as (hbs.AST.Program & { chained?: boolean }) | undefined;
  if (!inverse) return [];
  return toTemplateNodes(inverse, reading, inverse.chained ? depth : depth + 1);
}

/** Only a listed name: no `this`, `../` or `@root`, no literal in its place. */
function toVariable(expression: hbs.AST.Expression, reading: Reading): TemplateVariable {
  const name = pathOf(expression);
  if (name === undefined) throw problem('template_not_allowed', 'Only variables may stand here.', expression, reading);
  if (!isTemplateVariable(name)) {
    throw problem('template_unknown_variable', `There is no variable ${name.slice(0, 80)}. Known: ${Object.keys(TEMPLATE_VARIABLES).join(', ')}.`, expression, reading);
  }
  return name;
}

function pathOf(expression: hbs.AST.Expression): string | undefined {
  return expression.type === 'PathExpression' ? (expression as hbs.AST.PathExpression).original : undefined;
}

/** The parser leaves `hash` out where there are none, whatever its types say. */
function hasNamedParams(statement: { hash?: hbs.AST.Hash }): boolean {
  return (statement.hash?.pairs.length ?? 0) > 0;
}

function hasBlockParams(statement: hbs.AST.BlockStatement): boolean {
  const programs: readonly ({ blockParams?: readonly string[] } | undefined)[] = [statement.program, statement.inverse];
  return programs.some((program) => (program?.blockParams?.length ?? 0) > 0);
}

function problem(code: TemplateProblemCode, detail: string, node: hbs.AST.Node, reading: Reading) {
  const { line, column } = node.loc.start;
  return templateProblem(code, detail, { pointer: reading.pointer, line, column: column + 1 });
}
