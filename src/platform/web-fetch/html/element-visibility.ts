import { betterSight, IN_SIGHT, isHidden, sightOf, type Declared, type ElementTraits, type Sight } from '../../../domain/css-visibility.js';
import { removesContent } from './css-declarations.js';
import type { PageElement } from './open-elements.js';
import { declareInline, styleMayHide, type Cascade, type PageStyles } from './page-styles.js';

/** Libraries that keep an element out of sight until it is scrolled to. */
const REVEALING = ['data-aos', 'data-sal', 'data-w-id', 'data-framer-appear-id', 'data-scroll', 'data-animate', 'data-animation', 'data-sr-id'];
const REVEALED =
  /(^|\s)(wow|aos-init|elementor-invisible|animate__animated|animated|et_pb_animated|et-waypoint|vc_animate\S*|reveal|fade-?in\S*|lazy\S*)(\s|$)/i;

/** Tells of each element whether a visitor can see what stands in it, by the styles of its page and its own. */
export class ElementVisibility {
  private readonly known = new Map<PageElement, Sight>();

  /** @param opened  ids of elements that buttons and tabs of the page open */
  constructor(
    private readonly styles: PageStyles,
    private readonly opened: ReadonlySet<string>,
  ) {}

  hides(element: PageElement): boolean {
    return isHidden(this.sight(element));
  }

  /** From the outermost element down, without recursion: a hostile page nests a million of them. */
  private sight(element: PageElement): Sight {
    const unknown: PageElement[] = [];
    let sight: Sight | undefined;
    for (let at: PageElement | undefined = element; at && !sight; at = at.parent) {
      sight = this.known.get(at);
      if (!sight) unknown.push(at);
    }
    let around = sight ?? IN_SIGHT;
    for (const each of unknown.toReversed()) {
      around = this.own(each, around);
      this.known.set(each, around);
    }
    return around;
  }

  private own(element: PageElement, around: Sight): Sight {
    const { name, attributes } = element;
    // a page hidden as a whole is shown by its script, or nobody would see anything of it
    if (name === 'html' || name === 'body') return around;
    if (around.gone) return around;
    const isLink = name === 'a' && attributes.has('href');
    const style = attributes.get('style');
    const unseen = hasUnseenDefault(element);
    const mayChange = unseen || isHidden(around) || styleMayHide(style) || this.styles.mayHide(element);
    if (!mayChange) return around;
    const cascades: { certain: Cascade; sometimes: Cascade } = { certain: new Map(), sometimes: new Map() };
    if (unseen) cascades.certain.set('display', { value: 'none', rank: -1 });
    this.styles.declare(element, cascades);
    if (this.styles.isExhausted) return around;
    if (style !== undefined) declareInline(style, cascades.certain);
    return this.computed(cascades, around, { isLink, opens: this.opens(element), reveals: reveals(element) });
  }

  private computed({ certain, sometimes }: { readonly certain: Cascade; readonly sometimes: Cascade }, around: Sight, traits: ElementTraits): Sight {
    const sight = sightOf(declaredIn(certain), around, traits);
    if (sometimes.size === 0 || !isHidden(sight)) return sight;
    return betterSight(sight, sightOf(declaredIn(overlaid(certain, sometimes)), around, traits));
  }

  private opens({ attributes }: PageElement): boolean {
    const role = attributes.get('role')?.toLowerCase();
    return role === 'tabpanel' || role === 'menu' || this.opened.has(attributes.get('id') ?? '');
  }
}

/** Hidden by what browsers do without any style. What `<details>` and `until-found` hold back, a click and the page search show. */
function hasUnseenDefault(element: PageElement): boolean {
  const { name, attributes } = element;
  if (name === 'dialog' && !attributes.has('open')) return true;
  if (attributes.has('popover')) return true;
  return attributes.has('hidden') && removesContent(attributes);
}

function reveals({ attributes }: PageElement): boolean {
  return REVEALING.some((name) => attributes.has(name)) || REVEALED.test(attributes.get('class') ?? '');
}

function overlaid(certain: Cascade, sometimes: Cascade): Cascade {
  const both: Cascade = new Map(certain);
  for (const [name, declared] of sometimes) {
    if (declared.rank >= (both.get(name)?.rank ?? -1)) both.set(name, declared);
  }
  return both;
}

function declaredIn(cascade: Cascade): Declared {
  return new Map([...cascade].map(([name, { value }]) => [name, value]));
}
