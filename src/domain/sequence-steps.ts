import { type Calendar, calendarOf, dayName } from './calendar.js';
import type { StepCondition } from './step-conditions.js';
import { type StepVariant, type VariantDraft, variantFor, withVariantKeys } from './variants.js';
import { instantsAt, type LocalTime, localTimeAt } from './zoned-time.js';

/** `mail` goes by itself, `review` waits as a draft for a person, `task` is done by a person elsewhere (contact form, call). */
export const STEP_KINDS = ['mail', 'review', 'task'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export const DELAY_UNITS = ['minutes', 'hours', 'businessDays'] as const;
export type DelayUnit = (typeof DELAY_UNITS)[number];

/** Where a mail stands: it answers the mail before it, or begins anew under its own subject. */
export const THREAD_CHOICES = ['reply', 'new'] as const;
export type ThreadChoice = (typeof THREAD_CHOICES)[number];

/** After the step before; for the first step, after the sequence began. */
export interface StepDelay {
  readonly value: number;
  readonly unit: DelayUnit;
}

export interface SequenceStep {
  /** Given once in the life of a sequence and kept when a later version keeps the step: mails are counted by it. */
  readonly key: string;
  readonly kind: StepKind;
  /** Always there for mail and review. */
  readonly templateId: string | null;
  /** What the person has to do; always there for a task. */
  readonly title: string | null;
  readonly delay: StepDelay;
  /** All must hold when the step is planned, and again when its mail leaves; else it is left out. Absent in old versions: none. */
  readonly conditions?: readonly StepCondition[];
  /** Of a mail or review; absent: it answers the mail before it. */
  readonly thread?: ThreadChoice;
  /** Of a mail or review that tries several texts; `templateId` is then the first one's. */
  readonly variants?: readonly StepVariant[];
}

/** A step as a person wrote it: without a key it is new. */
export type StepDraft = Omit<SequenceStep, 'key' | 'variants'> & {
  readonly key?: string | undefined;
  readonly variants?: readonly VariantDraft[];
};

/** About a year each: more is a slip of the hand. */
export const LONGEST_DELAY: Readonly<Record<DelayUnit, number>> = { minutes: 525_600, hours: 8760, businessDays: 260 };

const UNIT_MS = { minutes: 60_000, hours: 3_600_000 } as const;

/** The step that follows `afterKey`, or the first one; undefined at the end, and when the sequence no longer has that step. */
export function nextStep(steps: readonly SequenceStep[], afterKey: string | null): SequenceStep | undefined {
  if (afterKey === null) return steps[0];
  const at = steps.findIndex((step) => step.key === afterKey);
  return at === -1 ? undefined : steps[at + 1];
}

/**
 * When a step is due.
 *
 * Minutes and hours count as they are. Business days skip Saturday, Sunday and the holidays of the place, and keep the time of
 * day by its clock: Friday 15:00 and one business day is Monday 15:00, across summer time too.
 *
 * @param from  when the step before was done, or the sequence began
 * @param place  time zone of the recipient, and holidays where they are known
 * @throws RangeError when the zone is unknown
 */
export function stepDueAt(step: Pick<SequenceStep, 'delay'>, from: Date, place: string | Calendar = 'UTC'): Date {
  const { value, unit } = step.delay;
  if (unit !== 'businessDays') return new Date(from.getTime() + value * UNIT_MS[unit]);
  if (value === 0) return from;
  const { zone, holidays } = calendarOf(place);
  const local = localTimeAt(zone, from);
  const [due = from] = instantsAt(zone, { ...local, day: local.day + calendarDays(value, local, holidays) });
  return new Date(due.getTime() + (from.getTime() % UNIT_MS.minutes));
}

/** How many days of the calendar a number of business days takes. */
function calendarDays(businessDays: number, from: LocalTime, holidays: ReadonlySet<string>): number {
  let ahead = 0;
  for (let left = businessDays; left > 0;) {
    ahead += 1;
    const weekday = ((from.weekday - 1 + ahead) % 7) + 1;
    if (weekday <= 5 && !holidays.has(dayName({ ...from, day: from.day + ahead }))) left -= 1;
  }
  return ahead;
}

/**
 * Which text a contact gets at a step, and as which variant; null where there is only one text, or none.
 * @param retired  keys of variants that nobody new gets, unless no other is left
 */
export function textFor(
  step: SequenceStep,
  contactId: string,
  retired: readonly string[] = [],
): { readonly templateId: string | null; readonly variantKey: string | null } {
  const { variants = [] } = step;
  const left = variants.filter(({ key, weight }) => weight > 0 && !retired.includes(key));
  const variant = variantFor(left.length > 0 ? left : variants, contactId, step.key);
  return variant ? { templateId: variant.templateId, variantKey: variant.key } : { templateId: step.templateId, variantKey: null };
}

/** Every template that a step may send. */
export function templatesOf({ templateId, variants }: Pick<StepDraft, 'templateId' | 'variants'>): string[] {
  return [...new Set([...(templateId === null ? [] : [templateId]), ...(variants ?? []).map((variant) => variant.templateId)])];
}

/**
 * Gives every new step its key: `s` and a number that no step of the sequence ever had; and every new variant its letter.
 * @param highest  the highest number given so far; 0 for a new sequence
 * @param usedBy   the letters that variants of a step ever had
 */
export function withKeys(drafts: readonly StepDraft[], highest: number, usedBy: ReadonlyMap<string, readonly string[]> = new Map()): SequenceStep[] {
  let last = highest;
  return drafts.map(({ key: given, variants, ...step }) => {
    const key = given ?? `s${(last += 1)}`;
    return { key, ...step, ...(variants && { variants: withVariantKeys(variants, usedBy.get(key) ?? []) }) };
  });
}

export function hasConditions({ conditions = [] }: SequenceStep): boolean {
  return conditions.length > 0;
}
