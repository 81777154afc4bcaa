import type { ProblemCode } from './problem-catalogue.js';

export type ErrorKind = 'invalid' | 'unauthorized' | 'forbidden' | 'not-found' | 'conflict' | 'precondition' | 'limit';

/**
 * One field at fault: `pointer` is a JSON pointer into the request body (RFC 6901), `?name` for a query parameter, `{name}` for a part of the
 * path, or the name of a header.
 */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** Base of every expected failure. `code` is public API: a new one is told in the catalogue first. */
export abstract class DomainError extends Error {
  abstract readonly kind: ErrorKind;
  abstract readonly code: ProblemCode;
  /** Facts a client may show, at top level of the problem; never secrets, never personal data. */
  readonly facts: Readonly<Record<string, unknown>> = {};
}

/** The thing is not there, or belongs to another workspace: the two look alike on purpose. */
export class NotFound extends DomainError {
  readonly kind = 'not-found';
  readonly code = 'not_found';
  override readonly facts: Readonly<Record<string, unknown>>;

  /** @param detail  where there is more to say than that */
  constructor(thing: string, pointer?: string, detail = `There is no ${thing} with this id.`) {
    super(detail);
    this.facts = pointer ? { errors: [{ pointer, detail: this.message }] } : {};
  }
}

/** A machine has no edge between the two states, or none that the caller may take. */
export class IllegalTransition extends DomainError {
  readonly kind = 'conflict';
  readonly code = 'illegal_transition';
  override readonly facts: { readonly from: string; readonly to: string; readonly allowed: readonly string[] };

  constructor(machine: string, from: string, to: string, allowed: readonly string[]) {
    super(`${/^[aeiou]/.test(machine) ? 'An' : 'A'} ${machine} cannot go from ${from} to ${to}; allowed: ${allowed.join(', ') || 'nothing'}.`);
    this.facts = { from, to, allowed };
  }
}

/** Someone changed the thing since the caller read it. */
export class VersionMismatch extends DomainError {
  readonly kind = 'precondition';
  readonly code = 'version_mismatch';

  constructor() {
    super('This has changed since you read it: read it again, then repeat your change.');
  }
}

/** Well-formed, but a rule of the trade or a stored definition refuses it: HTTP 422. */
export class RuleViolation extends DomainError {
  readonly kind = 'invalid';
  override readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: ProblemCode,
    detail: string,
    where?: { readonly errors?: readonly FieldError[] } & Readonly<Record<string, unknown>>,
  ) {
    super(detail);
    this.facts = where ?? {};
  }

  /** For one field at fault. */
  static at(pointer: string, code: ProblemCode, detail: string): RuleViolation {
    return new RuleViolation(code, detail, { errors: [{ pointer, detail }] });
  }

  /** The same about a thing that stands deeper in what was sent. @param place  as in `/contacts/0` */
  below(place: string): RuleViolation {
    const { errors = [], ...facts } = this.facts as { readonly errors?: readonly FieldError[] }; // as the constructor took them
    return new RuleViolation(this.code, this.message, {
      ...facts,
      errors: errors.map(({ pointer, detail }) => ({ pointer: place + pointer, detail })),
    });
  }
}

/** The present state of things does not allow it: HTTP 409. */
export class Conflict extends DomainError {
  readonly kind = 'conflict';
  override readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: ProblemCode,
    detail: string,
    facts?: Readonly<Record<string, unknown>>,
  ) {
    super(detail);
    this.facts = facts ?? {};
  }
}

/** Known, but not allowed to do this. */
export class Forbidden extends DomainError {
  readonly kind = 'forbidden';

  constructor(
    detail: string,
    readonly code: ProblemCode = 'forbidden',
  ) {
    super(detail);
  }
}

/** Not known: no valid key, session or credential came along. */
export class Unauthorized extends DomainError {
  readonly kind = 'unauthorized';
  override readonly facts: Readonly<Record<string, unknown>> = {};

  constructor(
    detail = 'Send an API key as "Authorization: Bearer lw_…", or log in.',
    readonly code: ProblemCode = 'unauthorized',
  ) {
    super(detail);
  }
}

/** Too often, or too much of it: HTTP 429. */
export class LimitReached extends DomainError {
  readonly kind = 'limit';
  override readonly facts: { readonly retryAfterSeconds: number };

  constructor(
    readonly code: ProblemCode,
    detail: string,
    retryAfterSeconds: number,
  ) {
    super(detail);
    this.facts = { retryAfterSeconds };
  }
}
