import { templateProblem } from './template-problem.js';

const EXPRESSION = /\{\{\{[^{}]*\}\}\}|\{\{[^{}]*\}\}/g;
const SPINTAX = /\{[^{}|\n]{0,200}\|[^{}\n]{0,400}\}/;

/**
 * No mail says `{Hi|Hello}`: words that turn by chance are there to get around the filters of those who receive them, and
 * nothing here turns them, so that the braces would arrive.
 * @throws RuleViolation `template_not_allowed`
 */
export function refuseSpintax(source: string, pointer: string): void {
  // expressions as long as they were, so that the place stays right
  const at = source.replace(EXPRESSION, (expression) => 'x'.repeat(expression.length)).search(SPINTAX);
  if (at === -1) return;
  const before = source.slice(0, at).split('\n');
  const place = { pointer, line: before.length, column: (before.at(-1) ?? '').length + 1 };
  throw templateProblem('template_not_allowed', 'Choose one wording: {one|other} is not turned into anything here.', place);
}
