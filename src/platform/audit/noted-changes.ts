import { isDeepStrictEqual } from 'node:util';
import type { EntityManager } from 'typeorm';
import { isId } from '../ids.js';

/** A field before and after, as the database reads it. */
export interface Change {
  readonly from: unknown;
  readonly to: unknown;
}
export type Changes = Readonly<Record<string, Change>>;

/** What the audit log keeps of a change: the values only where they are nobody's name, secret or text. */
export interface ShownChange {
  readonly field: string;
  readonly from?: ShownValue;
  readonly to?: ShownValue;
}
export type ShownValue = string | number | boolean | null | readonly string[];

/**
 * Texts that may be shown: closed lists of our own code, zones and currencies, days, and amounts, which PostgreSQL hands out
 * as texts. All else that is text may hold a name, an address, a secret or what somebody wrote. With a subject's type where
 * the same word means a text elsewhere: the role of a contact is one.
 */
const SHOWN_TEXTS: ReadonlySet<string> = new Set([
  ...['state', 'stage', 'kind', 'class', 'source', 'via', 'tactic', 'origin', 'condition', 'outcome', 'compensation', 'lawfulBasis'],
  ...['scopes', 'eventTypes', 'expectedRel', 'rel', 'smtpSecurity', 'imapSecurity', 'smtpAuth', 'oauthProvider'],
  ...['feeAmount', 'feeCurrency', 'amount', 'currency', 'publishOn', 'linkUntil', 'draftDueOn', 'nextActionOn'],
  ...['member.role', 'invitation.role', 'prospect.country', 'workspace.timeZone'],
]);

/** What has changed so far in each open transaction, by the id of the thing; it goes when the transaction's manager does. */
const noted = new WeakMap<EntityManager, Map<string, Map<string, Change>>>();

/**
 * Remembers a change for the audit entry of the same thing in the same transaction: commands need not carry it there.
 * A field that changes twice went from its first value to its last.
 */
export function noteChanges(tx: EntityManager, id: string, changes: Changes): void {
  const things = noted.get(tx) ?? new Map<string, Map<string, Change>>();
  noted.set(tx, things);
  const fields = things.get(id) ?? new Map<string, Change>();
  things.set(id, fields);
  for (const [field, { from, to }] of Object.entries(changes)) fields.set(field, { from: fields.has(field) ? fields.get(field)?.from : from, to });
}

/** Hands out what was noted about a thing, once: a second entry in the same transaction is about something else. */
export function takeChanges(tx: EntityManager, id: string): Changes {
  const things = noted.get(tx);
  const fields = things?.get(id);
  things?.delete(id);
  return Object.fromEntries(fields ?? []);
}

/** `smtp_password_sealed` → `smtpPassword`: the name that the API has for it. */
export function fieldOfColumn(column: string): string {
  return column.replace(/_(?:sealed|hash)$/, '').replace(/_[a-z]/g, (letter) => letter.slice(1).toUpperCase());
}

/** What really changed, with its values where they may be shown. */
export function shownChanges(subjectType: string, changes: Changes): ShownChange[] {
  return Object.entries(changes)
    .filter(([, { from, to }]) => !isDeepStrictEqual(from, to))
    .map(([field, change]) => {
      const textsToo = SHOWN_TEXTS.has(field) || SHOWN_TEXTS.has(`${subjectType}.${field}`);
      const [from, to] = [shown(change.from, textsToo), shown(change.to, textsToo)];
      return from === undefined || to === undefined ? { field } : { field, from, to };
    });
}

/** Undefined for what may not be shown. */
function shown(value: unknown, textsToo: boolean): ShownValue | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Date) return value.toISOString();
  if (!Array.isArray(value)) return isShownText(value, textsToo) ? value : undefined;
  const parts: unknown[] = value;
  return parts.every((part) => isShownText(part, textsToo)) ? parts : undefined;
}

function isShownText(value: unknown, textsToo: boolean): value is string {
  return typeof value === 'string' && (textsToo || isId(value));
}
