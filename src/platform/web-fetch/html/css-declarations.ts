import type { Attributes } from './html-tokens.js';

export interface Declaration {
  readonly name: string;
  /** Lower case, without `!important`. */
  readonly value: string;
  readonly important: boolean;
}

/** No honest value is longer, and what is searched stays short. */
const MAX_SHORTHAND = 200;
/** Nothing that hides is longer either. */
const MAX_VALUE = 500;
const SIDES = ['top', 'right', 'bottom', 'left'] as const;
const GLOBAL = /^(inherit|initial|unset|revert(-layer)?)$/;
const DISPLAY =
  /^(none|contents|block|inline|flow-root|run-in|list-item|flex|grid|table|math|ruby|(inline|table|ruby)-[a-z-]+|-(webkit|moz|ms)-[a-z-]+|(block|inline) [a-z -]+)$/;
/** A value that is none of its property is as if it were not written. */
const VALID: Readonly<Record<string, RegExp>> = {
  display: DISPLAY,
  visibility: /^(visible|hidden|collapse)$/,
  'content-visibility': /^(visible|hidden|auto)$/,
  opacity: /^[-+]?[\d.]+%?$/,
  position: /^(static|relative|absolute|fixed|sticky|-webkit-sticky)$/,
};

/** `display:none!important; color : red` as declarations, shorthands taken apart, in time linear in their length. */
export function readDeclarations(text: string): readonly Declaration[] {
  const found: Declaration[] = [];
  for (const part of split(withoutComments(text.toLowerCase()))) {
    const colon = part.indexOf(':');
    if (colon === -1) continue;
    const name = part.slice(0, colon).trim();
    const written = part.slice(colon + 1).trim();
    const important = /!\s*important$/.test(written);
    const value = important ? written.slice(0, written.lastIndexOf('!')).trim() : written;
    for (const [longhand, one] of longhands(name, value)) {
      if (one.length <= MAX_VALUE && isValid(longhand, one)) found.push({ name: longhand, value: one, important });
    }
  }
  return found;
}

/** Does its inline style, or the attribute `hidden`, take the element off the page? */
export function removesContent(attributes: Attributes): boolean {
  const style = attributes.get('style');
  const display = style !== undefined && /display/i.test(style) ? lastOf(readDeclarations(style), 'display') : undefined;
  if (display !== undefined) return display === 'none';
  const hidden = attributes.get('hidden');
  return hidden !== undefined && hidden.toLowerCase() !== 'until-found';
}

function lastOf(declarations: readonly Declaration[], name: string): string | undefined {
  const ours = declarations.filter((declaration) => declaration.name === name);
  return (ours.findLast(({ important }) => important) ?? ours.at(-1))?.value;
}

function isValid(name: string, value: string): boolean {
  if (value === '') return false;
  const rule = VALID[name];
  return rule === undefined || GLOBAL.test(value) || value.includes('var(') || rule.test(value);
}

export function withoutComments(css: string): string {
  return css.includes('/*') ? css.replace(/\/\*[^]*?(\*\/|$)/g, '') : css;
}

const MARKS = /"(?:[^"\\\n]|\\[^])*["\n]?|'(?:[^'\\\n]|\\[^])*['\n]?|\\[^]|[();]/g;

/** At semicolons that stand in no string and no parentheses. */
function split(text: string): readonly string[] {
  if (!/["'(]/.test(text)) return text.split(';');
  const parts: string[] = [];
  let [start, depth] = [0, 0];
  for (const { 0: mark, index } of text.matchAll(MARKS)) {
    if (mark === '(') depth += 1;
    else if (mark === ')') depth = Math.max(0, depth - 1);
    else if (mark === ';' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** Only what can hide something is taken apart. */
function longhands(name: string, value: string): readonly (readonly [string, string])[] {
  switch (name) {
    case 'inset':
      return boxOf(value).map((side, at) => [SIDES[at] ?? 'top', side]);
    case 'margin':
    case 'padding':
      return boxOf(value).map((side, at) => [`${name}-${SIDES[at] ?? 'top'}`, side]);
    case 'inset-inline-start':
      return [['left', value]];
    case 'margin-inline-start':
      return [['margin-left', value]];
    case 'font':
      return [['font-size', fontSizeIn(value)]];
    case 'background':
    case 'background-image':
      return [['background-image', /url\(|gradient\(/.test(value) ? 'picture' : 'none']];
    case 'animation-name':
      return [['animation', value]];
    default:
      return [[name, value]];
  }
}

function boxOf(value: string): readonly string[] {
  const [top = '', right = top, bottom = top, left = right] = value.slice(0, MAX_SHORTHAND).split(/\s+(?![^(]*\))/, 4);
  return [top, right, bottom, left];
}

/** `italic 700 0/0 a`: the size stands before the slash, or is the first length. */
function fontSizeIn(value: string): string {
  const size = /(?:^|\s)((?:\d*\.)?\d+(?:px|pt|r?em|%|vw|vh|ex|ch)?)(?:\s*\/|\s+[^\d\s])/.exec(value.slice(0, MAX_SHORTHAND))?.[1] ?? 'medium';
  return /^[1-9]00$/.test(size) ? 'medium' : size;
}
