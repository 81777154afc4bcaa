/** What the cascade left of an element's declarations: longhand to value, in lower case. */
export type Declared = ReadonlyMap<string, string>;

/** What is known of an element beside its style. */
export interface ElementTraits {
  /** `<a href>` has a colour of its own. */
  readonly isLink: boolean;
  /** A visitor opens it: a tab, an accordion, a menu. */
  readonly opens: boolean;
  /** A script fades it in when it comes into view. */
  readonly reveals: boolean;
}

/** How an element is drawn, as far as it can be out of sight. */
export interface Sight {
  /** Neither it nor anything in it. */
  readonly gone: boolean;
  // These pass on to what stands in it, until that says otherwise.
  readonly veiled: boolean;
  readonly tiny: boolean;
  readonly clear: boolean;
  readonly indented: boolean;
}

export const IN_SIGHT: Sight = { gone: false, veiled: false, tiny: false, clear: false, indented: false };

/** Further off than any screen reaches: how text is pushed out of sight. */
const OFF_SCREEN_PX = -900;
const LIFTED = ['absolute', 'fixed'];
const MOVED = [...LIFTED, 'relative', 'sticky'];
const CLIPPED = ['hidden', 'clip'];

export function isHidden(sight: Sight): boolean {
  return sight.gone || sight.veiled || sight.tiny || sight.clear || sight.indented;
}

/** The computed sight of an element that stands in `around` (CSS 2.2 section 6.1: declared, else inherited where it inherits). */
export function sightOf(declared: Declared, around: Sight, traits: ElementTraits): Sight {
  // a picture behind the words is seen where the words are not: logos, gradients cut out by text
  const pictured = (declared.get('background-image') ?? 'none') !== 'none';
  return {
    gone: around.gone || WAYS_OUT.some((hides) => hides(declared, traits)),
    veiled: inherited(declared.get('visibility'), around.veiled, (value) => value !== 'visible' && !fadesIn(declared, traits) && !traits.opens),
    tiny: inherited(declared.get('font-size'), around.tiny, (value) => !pictured && isTiny(value, around.tiny)),
    clear: inherited(
      declared.get('color') ?? (traits.isLink ? 'initial' : undefined),
      around.clear,
      (value) => !pictured && isClear(value, around.clear),
    ),
    indented: inherited(declared.get('text-indent'), around.indented, (value) => !pictured && isFarOff(value)),
  };
}

/** The better of two: an element that a state of its own brings into sight. */
export function betterSight(one: Sight, other: Sight): Sight {
  return {
    gone: one.gone && other.gone,
    veiled: one.veiled && other.veiled,
    tiny: one.tiny && other.tiny,
    clear: one.clear && other.clear,
    indented: one.indented && other.indented,
  };
}

function inherited(value: string | undefined, around: boolean, judge: (value: string) => boolean): boolean {
  if (value === undefined || value === 'inherit' || value === 'unset') return around;
  return value === 'initial' || value.startsWith('revert') ? false : judge(value);
}

/** Each way by which a style takes an element and all in it out of sight. */
const WAYS_OUT: readonly ((declared: Declared, traits: ElementTraits) => boolean)[] = [
  (declared, { opens }) => declared.get('display') === 'none' && !opens,
  (declared) => declared.get('content-visibility') === 'hidden',
  (declared, traits) => isZero(declared.get('opacity')) && !fadesIn(declared, traits) && !traits.opens,
  (declared, traits) => isShut(declared) && !fadesIn(declared, traits) && !traits.opens,
  (declared) => MOVED.includes(declared.get('position') ?? '') && (isFarOff(declared.get('left')) || isFarOff(declared.get('top'))),
  (declared) => LIFTED.includes(declared.get('position') ?? '') && (isFarOff(declared.get('right')) || isFarOff(declared.get('bottom'))),
  (declared) => ['left', 'top'].some((side) => isFarOff(declared.get(`margin-${side}`)) && !isFarOut(declared.get(`padding-${side}`))),
  (declared) => LIFTED.includes(declared.get('position') ?? '') && cutsAll(declared.get('clip') ?? ''),
  (declared, traits) => isClippedAway(declared.get('clip-path') ?? '') && !fadesIn(declared, traits),
  (declared, traits) => isTransformedAway(declared) && !fadesIn(declared, traits),
];

/** What moves or fades is not meant to stay as it begins. */
function fadesIn(declared: Declared, { reveals }: ElementTraits): boolean {
  return reveals || ['animation', 'transition'].some((name) => !/^(none|initial|0s)?$/.test(declared.get(name) ?? ''));
}

/** A box of no size that shows nothing of what is larger. Padding makes a box of size zero as large as a picture in its ratio. */
function isShut(declared: Declared): boolean {
  if (!['overflow', 'overflow-x', 'overflow-y'].some((name) => CLIPPED.includes(declared.get(name)?.split(' ', 1)[0] ?? ''))) return false;
  const shut = (side: 'width' | 'height', ends: readonly string[]): boolean =>
    (isPoint(declared.get(side)) || isPoint(declared.get(`max-${side}`))) &&
    [`min-${side}`, ...ends.map((end) => `padding-${end}`)].every((name) => isZeroOrUnsaid(declared.get(name)));
  return shut('height', ['top', 'bottom']) || shut('width', ['left', 'right']);
}

function isZeroOrUnsaid(value: string | undefined): boolean {
  return value === undefined || isPoint(value) || ['auto', 'initial', 'unset'].includes(value);
}

function isZero(value: string | undefined): boolean {
  return value !== undefined && /^[-+]?(0+(\.0*)?|\.0+)(px|r?em|%|pt|ex|ch|vw|vh)?$/.test(bare(value));
}

/** Nothing, or one pixel: what is kept for screen readers only. */
function isPoint(value: string | undefined): boolean {
  return isZero(value) || (value !== undefined && /^(1|0?\.\d+)px$/.test(bare(value)));
}

function isTiny(value: string, around: boolean): boolean {
  if (isPoint(value)) return true;
  return around && /(\d(em|%|ex|ch)|^smaller|^larger)$/.test(value) && !value.endsWith('rem');
}

function isClear(value: string, around: boolean): boolean {
  if (value === 'currentcolor') return around;
  return value === 'transparent' || /^(rgb|hsl)a?\([^()]*[,/]\s*(0+(\.0*)?|\.0+)%?\s*\)$/.test(value) || /^#([\da-f]{3}0|[\da-f]{6}00)$/.test(value);
}

/** A length in pixels, roughly: a screen is 1,000 of them. */
function pixels(value: string): number | undefined {
  const [, number, unit] = /^([-+]?(?:\d+\.?\d*|\.\d+))(px|pt|r?em|ex|ch|v[whbi]|[sdl]v[wh]|v(?:min|max)|cm|in|mm)$/.exec(bare(value)) ?? [];
  return number === undefined ? undefined : Number(number) * (PIXELS[unit ?? ''] ?? 10);
}

const PIXELS: Readonly<Record<string, number>> = { px: 1, pt: 1.33, em: 16, rem: 16, ex: 8, ch: 8, cm: 38, mm: 3.8, in: 96 };

function isFarOff(value: string | undefined): boolean {
  return (pixels(value ?? '') ?? 0) <= OFF_SCREEN_PX;
}

function isFarOut(value: string | undefined): boolean {
  return (pixels(value ?? '') ?? 0) >= -OFF_SCREEN_PX;
}

/** `calc(-9999px)` is -9999px. */
function bare(value: string): string {
  return /^(?:-webkit-)?calc\(\s*([^()\s]+)\s*\)$/.exec(value)?.[1] ?? value;
}

/** `clip: rect(top, right, bottom, left)` that leaves a pixel at most. */
function cutsAll(value: string): boolean {
  const inner = /^rect\(([^()]*)\)$/.exec(value)?.[1];
  if (inner === undefined) return false;
  const [top, right, bottom, left] = inner
    .trim()
    .split(/[\s,]+/)
    .map((edge) => (isZero(edge) ? 0 : pixels(edge)));
  const narrow = (from: number | undefined, to: number | undefined): boolean => from !== undefined && to !== undefined && to - from <= 1;
  return narrow(top, bottom) || narrow(left, right);
}

function isClippedAway(value: string): boolean {
  const [, shape, inner] = /^(inset|circle|ellipse|polygon)\(([^()]*)\)$/.exec(value) ?? [];
  if (shape === undefined || inner === undefined) return false;
  if (shape === 'polygon') return new Set(inner.split(',').map((point) => point.trim().replace(/(^|\s)0(px|%)/g, '$10'))).size < 3;
  const sizes = inner
    .replace(/\b(round|at)\b.*$/, '')
    .trim()
    .split(/\s+/);
  if (shape !== 'inset') return sizes.some(isZero);
  const [top = '', right = top, bottom = top, left = right] = sizes;
  return percent(top) + percent(bottom) >= 100 || percent(left) + percent(right) >= 100;
}

function percent(value: string): number {
  return value.endsWith('%') ? Number(value.slice(0, -1)) : 0;
}

function isTransformedAway(declared: Declared): boolean {
  const [transform, translate, scale] = ['transform', 'translate', 'scale'].map((name) => declared.get(name) ?? '');
  const moved = [...(transform ?? '').matchAll(/\btranslate(?:x|y|3d)?\(([^()]*)\)/g)].flatMap(([, inner = '']) => inner.split(','));
  const scaled = [...(transform ?? '').matchAll(/\bscale(?:x|y|3d)?\(([^()]*)\)/g)].flatMap(([, inner = '']) => inner.split(',').slice(0, 2));
  return (
    [...moved, ...(translate ?? '').split(/\s+/)].some((length) => isFarOff(length.trim())) ||
    [...scaled, ...(scale ?? '').split(/\s+/)].some((factor) => isZero(factor.trim()))
  );
}
