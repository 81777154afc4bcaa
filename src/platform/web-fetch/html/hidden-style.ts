import type { Attributes } from './html-tokens.js';

/** Further off than any screen reaches: how text is pushed out of sight. */
const OFF_SCREEN_PX = -900;

/** Does the element hide what stands in it, by attribute or inline style? Values are read, not searched for: `line-height:0.9` hides nothing. */
export function hidesContent(attributes: Attributes): boolean {
  if (attributes.has('hidden')) return true;
  const written = attributes.get('style');
  if (written === undefined) return false;
  const style = declarationsOf(written);
  return WAYS.some((hides) => hides(style));
}

function declarationsOf(style: string): ReadonlyMap<string, string> {
  const declarations = new Map<string, string>();
  for (const declaration of style.toLowerCase().split(';')) {
    const colon = declaration.indexOf(':');
    if (colon === -1) continue;
    const value = declaration.slice(colon + 1).replace('!important', '');
    declarations.set(declaration.slice(0, colon).trim(), value.trim());
  }
  return declarations;
}

type Style = ReadonlyMap<string, string>;

const CLIPPED = ['hidden', 'clip'];
const LIFTED = ['absolute', 'fixed'];

/** Each way by which a style hides what stands in the element. */
const WAYS: readonly ((style: Style) => boolean)[] = [
  (style) => style.get('display') === 'none',
  (style) => ['hidden', 'collapse'].includes(style.get('visibility') ?? ''),
  (style) => style.get('content-visibility') === 'hidden',
  (style) => isZero(style.get('opacity')) || isZero(style.get('font-size')),
  (style) => style.get('color') === 'transparent',
  (style) => CLIPPED.includes(style.get('overflow') ?? '') && ['width', 'height', 'max-width', 'max-height'].some((side) => isZero(style.get(side))),
  (style) => isFarOff(style.get('text-indent')),
  (style) => LIFTED.includes(style.get('position') ?? '') && ['left', 'top', 'right', 'bottom'].some((side) => isFarOff(style.get(side))),
  (style) => LIFTED.includes(style.get('position') ?? '') && /^rect\(\s*[01](px)?\b/.test(style.get('clip') ?? ''),
  (style) => /^(inset\((50|100)%\)|circle\(0)/.test(style.get('clip-path') ?? ''),
  (style) => /\bscale\(0\)/.test(style.get('transform') ?? ''),
];

function isZero(value = ''): boolean {
  return /^(0+(\.0*)?|\.0+)(px|em|rem|%|pt|ex|ch|vw|vh)?$/.test(value);
}

function isFarOff(value = ''): boolean {
  const [, number, unit] = /^(-\d+(?:\.\d+)?)(px|pt|r?em)$/.exec(value) ?? [];
  return number !== undefined && Number(number) * (unit?.endsWith('em') ? 16 : 1) <= OFF_SCREEN_PX;
}
