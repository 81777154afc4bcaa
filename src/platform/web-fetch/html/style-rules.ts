import { withoutComments } from './css-declarations.js';

/** One rule of a style sheet, still as written. */
export interface StyleRule {
  /** Selectors, separated by commas. */
  readonly selectors: string;
  readonly body: string;
  /** It holds for some visitors only: narrow screens, browsers that know a feature. */
  readonly sometimes: boolean;
  /** In a cascade layer: weaker than any rule outside. */
  readonly layered: boolean;
}

interface Group {
  readonly sometimes: boolean;
  readonly layered: boolean;
  /** Nothing in it is for screens. */
  readonly foreign: boolean;
}

const OPEN = 0x7b;
const CLOSE = 0x7d;
const SEMICOLON = 0x3b;
const SLASH = 0x2f;
const PAREN = 0x28;
const QUOTES = [0x22, 0x27];
const BACKSLASH = 0x5c;
/** At-rules that hold rules. */
const GROUPS = /^@(media|supports|layer|container|document|-moz-document|scope|starting-style)\b/i;
const TOP: Group = { sometimes: false, layered: false, foreign: false };
const MAX_RULES = 20_000;

/** Takes a style sheet apart into its rules in one pass (CSS Syntax 3, section 5): what it does not know, it leaves out. */
export function readRules(css: string): readonly StyleRule[] {
  const rules: StyleRule[] = [];
  const groups: Group[] = [];
  let start = 0;
  for (let at = 0; at < css.length && rules.length < MAX_RULES; at = next(css, at)) {
    const code = css.charCodeAt(at);
    if (code === SEMICOLON) start = at + 1;
    else if (code === CLOSE) {
      groups.pop();
      start = at + 1;
    } else if (code === OPEN) {
      const prelude = withoutComments(css.slice(start, at))
        .replace(/<!--|-->/g, '')
        .trim();
      const around = groups.at(-1) ?? TOP;
      if (GROUPS.test(prelude)) {
        groups.push(groupOf(prelude, around));
      } else {
        const { nested, end } = blockEnd(css, at + 1);
        if (!prelude.startsWith('@') && !around.foreign) {
          rules.push({ selectors: prelude, body: css.slice(at + 1, nested), sometimes: around.sometimes, layered: around.layered });
        }
        at = end;
      }
      start = at + 1;
    }
  }
  return rules;
}

function groupOf(prelude: string, { sometimes, layered, foreign }: Group): Group {
  if (/^@layer\b/i.test(prelude)) return { sometimes, foreign, layered: true };
  const [, media] = /^@media\s*([^]*)$/i.exec(prelude) ?? [];
  if (media === undefined) return { sometimes: true, layered, foreign };
  const forAll = media.split(',').some((each) => /^\s*((only\s+)?(all|screen))?\s*$/i.test(each));
  const forNone = media.split(',').every((each) => /^\s*(only\s+)?(print|speech|aural|braille|embossed|handheld|projection|tty|tv)\b/i.test(each));
  return { sometimes: sometimes || !forAll, layered, foreign: foreign || forNone };
}

/** The end of a block, and where the first rule nested in it begins to be written. */
function blockEnd(css: string, from: number): { readonly nested: number; readonly end: number } {
  let [depth, lastEnd] = [1, from];
  let nested: number | undefined;
  for (let at = from; at < css.length; at = next(css, at)) {
    const code = css.charCodeAt(at);
    if (code === SEMICOLON) lastEnd = at;
    if (code === OPEN) {
      nested ??= lastEnd;
      depth += 1;
    }
    if (code === CLOSE && (depth -= 1) === 0) return { nested: nested ?? at, end: at };
  }
  return { nested: nested ?? css.length, end: css.length };
}

/** The next place of interest: comments, strings and bare addresses are stepped over. */
function next(css: string, at: number): number {
  const code = css.charCodeAt(at);
  if (code === SLASH && css[at + 1] === '*') return past(css, css.indexOf('*/', at + 2), 2);
  if (QUOTES.includes(code)) return stringEnd(css, at, code);
  if (code === BACKSLASH) return at + 2;
  if (code === PAREN && /url$/i.test(css.slice(Math.max(0, at - 3), at)) && !/^\s*["']/.test(css.slice(at + 1, at + 20))) {
    return past(css, css.indexOf(')', at), 1);
  }
  return at + 1;
}

function past(css: string, found: number, length: number): number {
  return found === -1 ? css.length : found + length;
}

function stringEnd(css: string, at: number, quote: number): number {
  for (let end = at + 1; end < css.length; end += 1) {
    const code = css.charCodeAt(end);
    if (code === BACKSLASH) end += 1;
    else if (code === quote || code === 0x0a) return end + 1;
  }
  return css.length;
}
