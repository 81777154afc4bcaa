import { AttributeAction, parse, SelectorType, type AttributeSelector, type Selector } from 'css-what';
import { classesOf, type PageElement } from './open-elements.js';

/** The simple selectors of one element, and how the next to the left is bound to it. */
interface Compound {
  readonly tests: readonly Selector[];
  /** Absent for the leftmost. */
  readonly bond?: 'descendant' | 'child';
}

export interface ReadSelector {
  /** From right to left. */
  readonly compounds: readonly Compound[];
  readonly specificity: number;
  /** It matches only in a state that a visitor or a script brings about, or where more holds than is read here. */
  readonly sometimes: boolean;
}

/** Classes that scripts set when a visitor opens something. */
const STATES =
  /^(is-|has-)?(active|opened?|show(n|ing)?|visible|expanded|in|current|selected|on|toggled|checked|focus(ed)?|hover(ed)?|loaded|ready|init(ialized)?|animated|in-?view|revealed|js)$|-(open|active|visible|expanded|shown?)$/i;
const ALWAYS_TRUE = new Set(['link', 'any-link', 'root', 'scope']);

/**
 * Reads the selectors of a rule. A selector that asks for a state is read without it and marked `sometimes`; one that asks for that
 * state where the page has it already counts as written, too.
 */
export function readSelectors(selectors: string): readonly ReadSelector[] {
  let lists: readonly (readonly Selector[])[];
  try {
    lists = parse(selectors);
  } catch {
    return []; // as in a browser: one bad selector and the whole rule is void
  }
  return lists.flatMap(readSelector);
}

function readSelector(tokens: readonly Selector[]): readonly ReadSelector[] {
  if (tokens.some(({ type }) => type === SelectorType.PseudoElement || type === SelectorType.ColumnCombinator || type === SelectorType.Parent))
    return [];
  const parts = compoundsOf(tokens);
  const plain = parts.known && parts.compounds.every(({ tests }) => tests.every(isReadable));
  const certain = plain ? [{ compounds: parts.compounds, specificity: specificityOf(tokens), sometimes: false }] : [];
  const loose = parts.compounds.map(({ tests, ...bond }) => ({ ...bond, tests: tests.filter((test) => isReadable(test) && !isState(test)) }));
  const loosened = !parts.known || loose.some(({ tests }, at) => tests.length < (parts.compounds[at]?.tests.length ?? 0));
  const says = loose[0]?.tests.some(({ type }) => type !== SelectorType.Universal) ?? false;
  return loosened && says ? [...certain, { compounds: loose, specificity: specificityOf(tokens), sometimes: true }] : certain;
}

/** Right to left, up to the first bond between brothers: what stands before it is not known, as brothers are not. */
function compoundsOf(tokens: readonly Selector[]): { readonly compounds: readonly Compound[]; readonly known: boolean } {
  const compounds: Compound[] = [];
  let tests: Selector[] = [];
  for (const token of tokens.toReversed()) {
    if (token.type === SelectorType.Adjacent || token.type === SelectorType.Sibling) return { compounds: [...compounds, { tests }], known: false };
    if (token.type === SelectorType.Descendant || token.type === SelectorType.Child) {
      compounds.push({ tests, bond: token.type === SelectorType.Child ? 'child' : 'descendant' });
      tests = [];
    } else tests.push(token);
  }
  return { compounds: [...compounds, { tests }], known: true };
}

function isReadable(test: Selector): boolean {
  if (test.type === SelectorType.Pseudo) return ALWAYS_TRUE.has(test.name);
  // the class that scripts take away first of all
  return !/^(no-?js|no-javascript)$/i.test(classIn(test) ?? '');
}

function classIn(test: Selector): string | undefined {
  return test.type === SelectorType.Attribute && test.name === 'class' && test.action === AttributeAction.Element ? test.value : undefined;
}

export function isStateName(name: string): boolean {
  return STATES.test(name);
}

function isState(test: Selector): boolean {
  const name = classIn(test);
  if (name !== undefined) return isStateName(name);
  return test.type === SelectorType.Attribute && /^(open|aria-(expanded|hidden|selected)|data-(state|open|active|show|visible))$/i.test(test.name);
}

function specificityOf(tokens: readonly Selector[]): number {
  let [ids, classes, tags] = [0, 0, 0];
  for (const token of tokens) {
    if (token.type === SelectorType.Attribute && token.name === 'id' && token.action === AttributeAction.Equals) ids += 1;
    else if (token.type === SelectorType.Attribute || token.type === SelectorType.Pseudo) classes += 1;
    else if (token.type === SelectorType.Tag) tags += 1;
  }
  return Math.min(ids, 99) * 10_000 + Math.min(classes, 99) * 100 + Math.min(tags, 99);
}

/** What matching may still cost; at nothing it stops. */
export interface Budget {
  left: number;
}

/** @returns false, too, when the budget is spent */
export function matches({ compounds }: ReadSelector, element: PageElement, budget: Budget): boolean {
  return matchesFrom(compounds, 0, element, budget);
}

function matchesFrom(compounds: readonly Compound[], at: number, element: PageElement, budget: Budget): boolean {
  const compound = compounds[at];
  if (!compound || (budget.left -= 1) < 0 || !compound.tests.every((test) => holds(test, element))) return false;
  if (compound.bond === undefined) return true;
  for (let above = element.parent; above; above = compound.bond === 'child' ? undefined : above.parent) {
    if (budget.left < 0) return false;
    if (matchesFrom(compounds, at + 1, above, budget)) return true;
  }
  return false;
}

function holds(test: Selector, element: PageElement): boolean {
  if (test.type === SelectorType.Universal) return true;
  if (test.type === SelectorType.Tag) return test.name.toLowerCase() === element.name;
  if (test.type === SelectorType.Pseudo) {
    return test.name === 'root' || test.name === 'scope' ? element.parent === undefined : element.attributes.has('href');
  }
  if (test.type !== SelectorType.Attribute) return false;
  const name = classIn(test);
  return name === undefined ? attributeHolds(test, element.attributes.get(test.name.toLowerCase())) : classesOf(element).has(name);
}

const COMPARES: Readonly<Record<AttributeAction, (have: string, want: string) => boolean>> = {
  [AttributeAction.Exists]: () => true,
  [AttributeAction.Equals]: (have, want) => have === want,
  [AttributeAction.Element]: (have, want) => want !== '' && have.split(/[\t\n\f\r ]+/).includes(want),
  [AttributeAction.Start]: (have, want) => want !== '' && have.startsWith(want),
  [AttributeAction.End]: (have, want) => want !== '' && have.endsWith(want),
  [AttributeAction.Any]: (have, want) => want !== '' && have.includes(want),
  [AttributeAction.Hyphen]: (have, want) => have === want || have.startsWith(`${want}-`),
  // no part of CSS
  [AttributeAction.Not]: () => false,
};

function attributeHolds({ action, value: wanted, ignoreCase }: AttributeSelector, value: string | undefined): boolean {
  if (value === undefined) return false;
  return ignoreCase === true ? COMPARES[action](value.toLowerCase(), wanted.toLowerCase()) : COMPARES[action](value, wanted);
}
