import { RuleViolation } from '../../domain/errors.js';

/** Both count from 1, as editors do. */
export interface TemplatePlace {
  readonly line: number;
  readonly column: number;
}

export type TemplateProblemCode = 'template_syntax' | 'template_not_allowed' | 'template_unknown_variable';

/** A refused template: says what is wrong, in which field, at which line and column. */
export function templateProblem(code: TemplateProblemCode, detail: string, where: TemplatePlace & { readonly pointer: string }): RuleViolation {
  const { pointer, line, column } = where;
  const placed = `Line ${line}, column ${column}: ${detail}`;
  return new RuleViolation(code, placed, { errors: [{ pointer, detail: placed }], line, column });
}
