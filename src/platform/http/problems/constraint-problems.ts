import type { ProblemCode } from '../../../domain/problem-catalogue.js';
import type { ProblemSpec } from './problem.js';

type ConstraintProblem = Pick<ProblemSpec, 'status' | 'detail'> & { readonly code: ProblemCode };

/**
 * The one place where the name of a broken constraint becomes a problem. A feature adds the constraints of its own
 * tables from its module file, as it loads.
 */
const PROBLEMS = new Map<string, ConstraintProblem>();

export function describeConstraints(problems: Readonly<Record<string, ConstraintProblem>>): void {
  for (const [constraint, problem] of Object.entries(problems)) PROBLEMS.set(constraint, problem);
}

export function constraintProblem(constraint: string | undefined): ConstraintProblem | undefined {
  return constraint === undefined ? undefined : PROBLEMS.get(constraint);
}
