import Handlebars from 'handlebars';
import { templateProblem, type TemplatePlace } from './template-problem.js';

const SOURCE_LIMIT_BYTES = 64 * 1024;
const BLOCK_LIMIT = 50;
const EXPRESSION_LIMIT = 1000;

/** The lexer of Handlebars' parser: linear, where parsing nested parentheses is not (64 kB of them take minutes). */
interface Lexer {
  yylloc: { first_line: number; first_column: number };
  setInput(source: string): void;
  lex(): number | string | undefined;
}
const { lexer, terminals_: names } = (Handlebars as unknown as { Parser: { lexer: Lexer; terminals_: Record<number, string> } }).Parser;

const BLOCK_TOKENS: ReadonlySet<string> = new Set(['OPEN_BLOCK', 'OPEN_INVERSE', 'OPEN_INVERSE_CHAIN']);
const EXPRESSION_TOKENS: ReadonlySet<string> = new Set(['OPEN', 'OPEN_UNESCAPED']);

/**
 * Bounds the work of the parser before it starts.
 * @throws RuleViolation `template_not_allowed` when the source is too long, has too many blocks or any sub-expression
 */
export function refuseOversized(source: unknown, pointer: string): asserts source is string {
  // a parsed tree given instead of a text would be compiled as it is (CVE-2026-33937)
  if (typeof source !== 'string') throw templateProblem('template_syntax', 'A template is a text.', { pointer, line: 1, column: 1 });
  const refuse = (detail: string, place: TemplatePlace) => templateProblem('template_not_allowed', detail, { pointer, ...place });
  if (Buffer.byteLength(source) > SOURCE_LIMIT_BYTES) throw refuse('A template has at most 64 kB.', { line: 1, column: 1 });
  let blocks = 0;
  let expressions = 0;
  for (const { name, place } of tokensOf(source)) {
    if (BLOCK_TOKENS.has(name)) blocks += 1;
    if (EXPRESSION_TOKENS.has(name)) expressions += 1;
    if (blocks > BLOCK_LIMIT) throw refuse(`A template has at most ${BLOCK_LIMIT} blocks.`, place);
    if (expressions > EXPRESSION_LIMIT) throw refuse(`A template has at most ${EXPRESSION_LIMIT} expressions.`, place);
    if (name === 'OPEN_RAW_BLOCK') throw refuse('Raw blocks are not allowed.', place);
    if (name === 'OPEN_SEXPR') throw refuse('Parentheses inside {{…}} are not allowed.', place);
  }
}

function* tokensOf(source: string): Generator<{ name: string; place: TemplatePlace }> {
  lexer.setInput(source);
  for (;;) {
    const name = nextToken();
    if (name === undefined || name === 'EOF' || name === 'INVALID') return;
    yield { name, place: { line: lexer.yylloc.first_line, column: lexer.yylloc.first_column + 1 } };
  }
}

/** Undefined where the text cannot be read on: the parser stops there too, and says so better. */
function nextToken(): string | undefined {
  try {
    const token = lexer.lex();
    return typeof token === 'number' ? names[token] : token;
  } catch {
    return undefined;
  }
}
