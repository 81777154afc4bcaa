import { readDeclarations, type Declaration } from './css-declarations.js';
import { classesOf, type PageElement } from './open-elements.js';
import { keysIn } from './selector-keys.js';
import { readRules, type StyleRule } from './style-rules.js';
import { matches, readSelectors, type Budget, type ReadSelector } from './style-selectors.js';

/** What is read of all style blocks of a page together; some pages carry whole design systems. */
const MAX_CSS = 2_000_000;
/** Tests of one element against one selector, on one page. */
const MAX_MATCHING = 2_000_000;

/** By what a rule may hide something, and which properties decide whether it does. */
const HIDING: readonly { readonly hint: RegExp; readonly properties: readonly string[] }[] = [
  { hint: /display\s*:\s*none/i, properties: ['display'] },
  { hint: /visibility\s*:\s*(hidden|collapse)/i, properties: ['visibility', 'content-visibility'] },
  { hint: /opacity\s*:\s*[-+]?0*\.?0*\s*([;!%]|$)/i, properties: ['opacity'] },
  { hint: /font(-size)?\s*:[^;]*\b[01](\.0*)?(px|r?em|%|pt)?(\b|$)/i, properties: ['font'] },
  { hint: /(^|[;{\s])color\s*:\s*(transparent|rgba|hsla|rgb\(|#[\da-f]{4}\b|#[\da-f]{8}\b)/i, properties: ['color'] },
  { hint: /text-indent\s*:\s*(calc\(\s*)?-/i, properties: ['text-indent'] },
  { hint: /(height|width)\s*:\s*[01.]/i, properties: ['overflow', 'height', 'width', 'padding', 'min-', 'max-'] },
  {
    hint: /(left|right|top|bottom|inset|margin)[a-z-]*\s*:[^;]*-\s*\d{2}/i,
    properties: ['left', 'right', 'top', 'bottom', 'inset', 'margin', 'padding'],
  },
  { hint: /clip(-path)?\s*:/i, properties: ['clip'] },
  { hint: /(transform|translate|scale)\s*:[^;]*(-\d{3}|\(\s*-?\d{4}|\b0[\s,;)]|\b0$)/i, properties: ['transform', 'translate', 'scale'] },
];
/** One look that spares ten for nearly all rules. */
const MAY_HIDE = new RegExp(HIDING.map(({ hint }) => hint.source).join('|'), 'i');
/** They hide nothing, but tell that something else does not. */
const EXCUSES = ['position', 'background', 'animation', 'transition'];

/** Longhand to value, and by which right it holds. */
export type Cascade = Map<string, { readonly value: string; readonly rank: number }>;

const IMPORTANT = 4e12;
const INLINE = 2e12;
const UNLAYERED = 1e12;
/** Above all specificity: how an element looks once its state has come. */
const STATE = 9e11;

class IndexedRule {
  private selectors: readonly ReadSelector[] | undefined;
  private declarations: readonly Declaration[] | undefined;

  constructor(
    private readonly rule: StyleRule,
    private readonly order: number,
  ) {}

  matching(element: PageElement, budget: Budget): readonly ReadSelector[] {
    this.selectors ??= readSelectors(this.rule.selectors);
    return this.selectors.filter((selector) => matches(selector, element, budget));
  }

  /** May a hiding of this rule come true for the element, in no particular state? */
  hides(element: PageElement, budget: Budget): boolean {
    return !this.rule.sometimes && this.matching(element, budget).some(({ sometimes }) => !sometimes);
  }

  declare(element: PageElement, budget: Budget, into: { readonly certain: Cascade; readonly sometimes: Cascade }): void {
    for (const selector of this.matching(element, budget)) {
      const sometimes = this.rule.sometimes || selector.sometimes;
      const rank = (this.rule.layered ? 0 : UNLAYERED) + (sometimes ? STATE : selector.specificity * 1e6) + this.order;
      this.declarations ??= readDeclarations(this.rule.body);
      declareAll(this.declarations, rank, sometimes ? into.sometimes : into.certain);
    }
  }
}

/** The `<style>` blocks of a page, asked what they say of an element. External sheets are not read. */
export class PageStyles {
  private readonly rules: readonly StyleRule[];
  private readonly hiders = new Map<string, IndexedRule[]>();
  private deciders: Map<string, IndexedRule[]> | undefined;
  private readonly budget: Budget = { left: MAX_MATCHING };

  constructor(sheets: readonly string[]) {
    this.rules = sheets.length === 0 ? [] : readRules(sheets.join('\n').slice(0, MAX_CSS));
    for (const [order, rule] of this.rules.entries()) {
      if (!rule.sometimes && MAY_HIDE.test(rule.body)) file(this.hiders, rule, order);
    }
  }

  /** Is there a rule that may hide the element itself? Most have none, and need no cascade. */
  mayHide(element: PageElement): boolean {
    if (this.hiders.size === 0) return false;
    return rulesFor(this.hiders, element).some((rule) => this.budget.left >= 0 && rule.hides(element, this.budget));
  }

  /** Adds to the cascades what the sheets declare: for certain, and in some state of the element. */
  declare(element: PageElement, into: { readonly certain: Cascade; readonly sometimes: Cascade }): void {
    this.deciders ??= this.indexDeciders();
    for (const rule of rulesFor(this.deciders, element)) {
      if (this.budget.left < 0) return; // half a cascade would be worse than none
      rule.declare(element, this.budget, into);
    }
  }

  /** The time for this page is spent: nothing more can be said of it. */
  get isExhausted(): boolean {
    return this.budget.left < 0;
  }

  private indexDeciders(): Map<string, IndexedRule[]> {
    const index = new Map<string, IndexedRule[]>();
    const hiding = this.rules.filter(({ body }) => MAY_HIDE.test(body));
    const properties = HIDING.filter(({ hint }) => hiding.some(({ body }) => hint.test(body))).flatMap((way) => way.properties);
    const decides = new RegExp(`(^|[;{\\s/-])(${[...new Set([...properties, ...EXCUSES])].join('|')})[a-z-]*\\s*:`, 'i');
    for (const [order, rule] of this.rules.entries()) {
      if (decides.test(rule.body)) file(index, rule, order);
    }
    return index;
  }
}

export function declareInline(style: string, into: Cascade): void {
  declareAll(readDeclarations(style), INLINE, into);
}

/** May an inline style hide what it stands on? */
export function styleMayHide(style: string | undefined): boolean {
  return style !== undefined && (style.includes('/*') || MAY_HIDE.test(style));
}

function declareAll(declarations: readonly Declaration[], base: number, into: Cascade): void {
  for (const { name, value, important } of declarations) {
    const rank = base + (important ? IMPORTANT : 0);
    if (rank >= (into.get(name)?.rank ?? -1)) into.set(name, { value, rank });
  }
}

function file(index: Map<string, IndexedRule[]>, rule: StyleRule, order: number): void {
  const indexed = new IndexedRule(rule, order);
  for (const key of keysIn(rule.selectors)) {
    const rules = index.get(key);
    if (rules) rules.push(indexed);
    else index.set(key, [indexed]);
  }
}

function rulesFor(index: ReadonlyMap<string, readonly IndexedRule[]>, element: PageElement): readonly IndexedRule[] {
  const id = element.attributes.get('id');
  const keys = ['*', element.name, ...(id ? [`#${id}`] : []), ...[...classesOf(element)].map((each) => `.${each}`)];
  const found = keys.flatMap((key) => index.get(key) ?? []);
  return found.length < 2 ? found : [...new Set(found)];
}
