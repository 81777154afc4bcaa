import type { Calendar } from './calendar.js';
import type { Lane } from './fair-share.js';
import { nextOpening, type SendWindow } from './send-window.js';

/** A mail that waits, in thought. */
export interface SimulatedMail extends Calendar {
  readonly lane: Lane;
  /** Null for mails of no campaign. */
  readonly campaignId: string | null;
  readonly window: SendWindow | null;
  /** Not before then. */
  readonly readyAt: number;
  /** Of the recipient, where its domain has a limit of its own. */
  readonly domain?: string | null;
}

/** Mails that the same window and calendar hold back: when one may leave all may. The longest due first. */
class Gathering<Mail extends SimulatedMail> {
  private readonly heap: Waiting<Mail>[] = [];
  private closedUntil = -Infinity;

  get first(): Mail | undefined {
    return this.heap[0]?.mail;
  }

  /** Whether its first mail goes before that of another. */
  isBefore(other: Gathering<Mail>): boolean {
    const [ours, theirs] = [this.heap[0], other.heap[0]];
    return ours !== undefined && (!theirs || isEarlier(ours, theirs));
  }

  /** When its first mail is due and its window open, at `at` or later, as far as has been looked. */
  mayLeaveAt(at: number): number {
    return Math.max(at, this.closedUntil, this.first?.readyAt ?? Infinity);
  }

  /** Looks at the window: costs a hundred times what `mayLeaveAt` does. */
  isOpen(at: number): boolean {
    const { first } = this;
    if (!first) return false;
    this.closedUntil = nextOpening(first.window, first, new Date(at)).getTime();
    return this.closedUntil <= at;
  }

  push(waiting: Waiting<Mail>): void {
    const { heap } = this;
    heap.push(waiting);
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.swapIfEarlier(at, parent)) return;
      at = parent;
    }
  }

  pop(): Mail | undefined {
    const { heap } = this;
    const first = heap[0]?.mail;
    const last = heap.pop();
    if (heap.length === 0 || !last) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      if (!one) return first;
      const child = other && isEarlier(other, one) ? left + 1 : left;
      if (!this.swapIfEarlier(child, at)) return first;
      at = child;
    }
  }

  private swapIfEarlier(child: number, parent: number): boolean {
    const [a, b] = [this.heap[child], this.heap[parent]];
    if (!a || !b || !isEarlier(a, b)) return false;
    this.heap[child] = b;
    this.heap[parent] = a;
    return true;
  }
}

interface Waiting<Mail> {
  readonly mail: Mail;
  /** Of several that are due at once, who came first. */
  readonly place: number;
}

function isEarlier(one: Waiting<SimulatedMail>, other: Waiting<SimulatedMail>): boolean {
  const before = one.mail.readyAt - other.mail.readyAt;
  return before === 0 ? one.place < other.place : before < 0;
}

/** The mails of one campaign in one lane. */
export class SimulatedQueue<Mail extends SimulatedMail> {
  private readonly gatherings = new Map<string, Gathering<Mail>>();
  private places = 0;

  constructor(
    readonly lane: Lane,
    readonly campaignId: string | null,
  ) {}

  add(mail: Mail): void {
    const key = keyOf(mail);
    let gathering = this.gatherings.get(key);
    if (!gathering) this.gatherings.set(key, (gathering = new Gathering()));
    gathering.push({ mail, place: (this.places += 1) });
  }

  /** When one of its mails may leave, at `at` or later: not after the true time. */
  mayLeaveAt(at: number): number {
    let earliest = Infinity;
    for (const gathering of this.gatherings.values()) earliest = Math.min(earliest, gathering.mayLeaveAt(at));
    return earliest;
  }

  /** Of those that may leave at `at` the longest due; undefined when none may after all. */
  first(at: number): Mail | undefined {
    return this.open(at)?.first;
  }

  take(at: number): Mail | undefined {
    return this.open(at)?.pop();
  }

  private open(at: number): Gathering<Mail> | undefined {
    for (;;) {
      let best: Gathering<Mail> | undefined;
      for (const one of this.gatherings.values()) {
        if (one.mayLeaveAt(at) <= at && (!best || one.isBefore(best))) best = one;
      }
      if (!best || best.isOpen(at)) return best;
    }
  }
}

const numbered = new WeakMap<ReadonlySet<string>, number>();
let numbers = 0;

function keyOf({ window, zone, holidays }: SimulatedMail): string {
  if (window === null) return '';
  return `${zone} ${String(numberOf(holidays))} ${JSON.stringify(window)}`;
}

/** Countries share their sets of holidays. */
function numberOf(holidays: ReadonlySet<string>): number {
  if (holidays.size === 0) return 0;
  const known = numbered.get(holidays);
  if (known !== undefined) return known;
  numbers += 1;
  numbered.set(holidays, numbers);
  return numbers;
}
