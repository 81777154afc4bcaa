import { removesContent } from './css-declarations.js';
import type { Attributes } from './html-tokens.js';

/** An element as its start tag stood; keeps those around it, so that it can be judged when the whole page is known. */
export interface PageElement {
  readonly name: string;
  readonly attributes: Attributes;
  readonly parent: PageElement | undefined;
  /** Its classes, once somebody has asked for them. */
  classes?: ReadonlySet<string>;
}

export function classesOf(element: PageElement): ReadonlySet<string> {
  element.classes ??= new Set(element.attributes.get('class')?.split(/\s+/));
  return element.classes;
}

export interface OpenElement extends PageElement {
  readonly removed: boolean;
  /** Not closed yet. */
  open: boolean;
}

export const VOID = new Set('area base basefont bgsound br col command embed frame hr img input keygen link meta param source track wbr'.split(' '));
export const BLOCKS = new Set(
  'address article aside blockquote br center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main menu nav ol p pre section summary table td th tr ul'.split(
    ' ',
  ),
);
/** Start tags that end an open element of the same kind; a p is ended by every block. */
const SIBLINGS: Readonly<Record<string, readonly string[]>> = {
  li: ['li'],
  dd: ['dd', 'dt'],
  dt: ['dd', 'dt'],
  option: ['option'],
  tr: ['tr', 'td', 'th'],
  td: ['td', 'th'],
  th: ['td', 'th'],
};
/** Deeper than any browser goes; keeps an end tag that fits nothing from searching a hostile page. */
const MAX_SEARCH = 512;
const CELLS = new Set(['td', 'th', 'caption']);
const CELL_SEARCH = 30;

/** The elements that are open at one point of the page. */
export class OpenElements {
  /** How many of the open ones are templates and the like, or take what stands in them off the page. */
  readonly depth = { removed: 0, template: 0, noscript: 0, svg: 0 };
  private readonly stack: OpenElement[] = [];

  get innermost(): PageElement | undefined {
    return this.stack.at(-1);
  }

  /** Is what stands here no part of what a visitor gets to read? */
  get outOfPage(): boolean {
    return this.depth.removed + this.depth.template + this.depth.noscript > 0;
  }

  /** The innermost table cell. */
  cell(): OpenElement | undefined {
    for (let at = this.stack.length - 1; at >= Math.max(0, this.stack.length - CELL_SEARCH); at -= 1) {
      const element = this.stack[at];
      if (element && CELLS.has(element.name)) return element;
    }
    return undefined;
  }

  element(name: string, attributes: Attributes): OpenElement {
    return { name, attributes, parent: this.innermost, removed: attributes.size > 0 && removesContent(attributes), open: false };
  }

  push(element: OpenElement): void {
    element.open = true;
    this.stack.push(element);
    this.count(element, 1);
  }

  /** Ends what a start tag ends without saying so. */
  closeSiblings(name: string): void {
    const siblings = SIBLINGS[name] ?? [];
    for (let top = this.stack.at(-1); top; top = this.stack.at(-1)) {
      if (!siblings.includes(top.name) && !(top.name === 'p' && name !== 'br' && BLOCKS.has(name))) return;
      this.pop();
    }
  }

  close(name: string): void {
    const deepest = Math.max(0, this.stack.length - MAX_SEARCH);
    for (let at = this.stack.length - 1; at >= deepest; at -= 1) {
      if (this.stack[at]?.name !== name) continue;
      while (this.stack.length > at) this.pop();
      return;
    }
  }

  private pop(): void {
    const element = this.stack.pop();
    if (!element) return;
    element.open = false;
    this.count(element, -1);
  }

  private count({ name, removed }: OpenElement, by: 1 | -1): void {
    if (removed) this.depth.removed += by;
    if (name === 'template' || name === 'noscript' || name === 'svg') this.depth[name] += by;
  }
}
