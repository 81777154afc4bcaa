import type { LinkPlace } from '../../../domain/page-facts.js';
import { relTokens } from '../../../domain/rel-tokens.js';
import { hidesContent } from './hidden-style.js';
import type { Attributes, HtmlEvents } from './html-tokens.js';

/** A link as found, its text still an interval of the collector's text. */
export interface RawLink {
  readonly tag: string;
  readonly href: string;
  readonly rel: string;
  readonly title: string;
  readonly place: LinkPlace;
  readonly alts: string[];
  readonly start: number;
  end: number;
  hidden: boolean;
}

interface OpenElement {
  readonly name: string;
  readonly hides: boolean;
}

const VOID = new Set('area base basefont bgsound br col command embed frame hr img input keygen link meta param source track wbr'.split(' '));
const RAW_TEXT = new Set(['script', 'style', 'iframe', 'textarea', 'title', 'noembed', 'noframes', 'xmp']);
const BLOCKS = new Set(
  'address article aside blockquote br center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main menu nav ol p pre section summary table td th tr ul'.split(
    ' ',
  ),
);
const IN_HEAD = new Set('html head base basefont bgsound link meta title noscript noframes style script template'.split(' '));
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
const VISIBLE_START = 12_000;
const NOT_LINKS = new Set('base link meta script style img source video audio track object param input'.split(' '));
/** Where pages put the address of what only looks like a link. */
const URL_ATTRIBUTES = ['href', 'data-href', 'data-url', 'data-link', 'action', 'formaction'];
const EXECUTABLE = /^$|javascript|ecmascript|module/i;

/** Collects links and signs of one page, or of one comment or iframe in it. */
export class LinkCollector implements HtmlEvents {
  readonly links: RawLink[] = [];
  /** HTML inside comments and iframes, to be read by collectors of their own. */
  readonly fragments: { readonly html: string; readonly place: LinkPlace }[] = [];
  readonly robotsMetas: { readonly name: string; readonly content: string }[] = [];
  readonly canonicalHrefs: string[] = [];
  baseHref: string | undefined;
  title = '';
  /** All text, that of links in templates and hidden elements included. */
  allText = '';
  visibleStart = '';
  visibleLength = 0;
  scriptCount = 0;
  inlineScriptLength = 0;
  hasPasswordField = false;

  private readonly stack: OpenElement[] = [];
  private readonly depth = { hiding: 0, template: 0, noscript: 0, svg: 0 };
  private anchor: { readonly link: RawLink; seen: boolean; said: boolean } | undefined;
  private raw: { readonly name: string; readonly executable: boolean; text: string } | undefined;
  private inHead = true;

  constructor(private readonly place: LinkPlace) {}

  openTag(name: string, attributes: Attributes): void {
    if (!IN_HEAD.has(name) && this.depth.template === 0) this.inHead = false;
    if (BLOCKS.has(name)) this.breakText();
    this.closeSiblings(name);
    if (name === 'a') this.openAnchor(attributes);
    else this.noteUrls(name, attributes);
    if (name === 'img') this.noteImage(attributes);
    this.noteSigns(name, attributes);
    if (RAW_TEXT.has(name) && this.depth.svg === 0) this.openRaw(name, attributes);
    if (VOID.has(name)) return;
    const element = { name, hides: hidesContent(attributes) };
    this.stack.push(element);
    this.count(element, 1);
  }

  closeTag(name: string): void {
    if (name === 'a') this.closeAnchor();
    if (BLOCKS.has(name)) this.breakText();
    if (this.raw?.name === name) this.closeRaw(this.raw);
    const deepest = Math.max(0, this.stack.length - MAX_SEARCH);
    for (let at = this.stack.length - 1; at >= deepest; at -= 1) {
      if (this.stack[at]?.name !== name) continue;
      while (this.stack.length > at) this.pop();
      return;
    }
  }

  /** @param data  decoded text, in pieces */
  chars(data: string): void {
    if (this.raw) {
      this.raw.text += data;
      return;
    }
    this.allText += data;
    const { hiding, template, noscript } = this.depth;
    const said = /\S/.test(data);
    if (said && template + noscript === 0) this.inHead = false;
    if (hiding + template === 0 && said && this.anchor) this.anchor.seen = true;
    if (said && this.anchor) this.anchor.said = true;
    if (hiding + template + noscript > 0) return;
    this.visibleLength += said ? data.trim().length : 0;
    if (this.visibleStart.length < VISIBLE_START) this.visibleStart += data;
  }

  comment(data: string): void {
    this.noteFragment(data, 'comment');
  }

  finish(): void {
    if (this.raw) this.closeRaw(this.raw);
    this.closeAnchor();
  }

  /** Links do not nest: a new one ends the one before (HTML standard, "in body", start tag a). */
  private openAnchor(attributes: Attributes): void {
    this.closeAnchor();
    const href = attributes.get('href') ?? (this.depth.svg > 0 ? attributes.get('xlink:href') : undefined);
    if (href === undefined) {
      this.noteUrls('a', attributes);
      return;
    }
    this.anchor = { link: this.newLink('a', href, attributes), seen: false, said: false };
    this.links.push(this.anchor.link);
  }

  private closeAnchor(): void {
    if (!this.anchor) return;
    const { link, seen, said } = this.anchor;
    link.end = this.allText.length;
    link.hidden ||= said && !seen;
    this.anchor = undefined;
  }

  private newLink(tag: string, href: string, attributes: Attributes): RawLink {
    const start = this.allText.length;
    const hidden = this.depth.hiding > 0 || hidesContent(attributes);
    const rel = attributes.get('rel') ?? '';
    return { tag, href, rel, title: attributes.get('title') ?? '', place: this.placeOf(tag), alts: [], start, end: start, hidden };
  }

  private placeOf(tag: string): LinkPlace {
    if (this.place !== 'anchor') return this.place;
    if (this.depth.template > 0) return 'template';
    if (tag !== 'a') return 'non_anchor';
    return this.depth.noscript > 0 ? 'noscript' : 'anchor';
  }

  /** Only `<a href>` is a link (standards 49); what else names an address is kept to say so. */
  private noteUrls(name: string, attributes: Attributes): void {
    if (this.place !== 'anchor' || NOT_LINKS.has(name)) return;
    const values = URL_ATTRIBUTES.map((attribute) => attributes.get(attribute));
    if (name === 'iframe' || name === 'frame' || name === 'embed') values.push(attributes.get('src'));
    const [, clicked] = /['"]((?:https?:\/)?\/[^'"]+)['"]/.exec(attributes.get('onclick') ?? '') ?? [];
    for (const value of new Set([...values, clicked])) {
      if (value === undefined || value === '') continue;
      const link = this.newLink(name, value, attributes);
      this.links.push(this.depth.template > 0 ? link : { ...link, place: 'non_anchor' });
    }
  }

  private noteSigns(name: string, attributes: Attributes): void {
    const { template, noscript } = this.depth;
    if (template + noscript > 0) return;
    if (name === 'base') this.baseHref ??= attributes.get('href');
    if (name === 'meta') this.robotsMetas.push(...robotsMeta(attributes));
    if (name === 'link' && this.inHead) this.canonicalHrefs.push(...canonicalHref(attributes));
    if (name === 'input') this.hasPasswordField ||= attributes.get('type')?.toLowerCase() === 'password';
    if (name === 'iframe') this.noteFragment(attributes.get('srcdoc') ?? '', 'iframe');
  }

  private noteFragment(html: string, place: LinkPlace): void {
    if (this.place === 'anchor' && /href/i.test(html)) this.fragments.push({ html, place });
  }

  private noteImage(attributes: Attributes): void {
    if (!this.anchor) return;
    this.anchor.link.alts.push(attributes.get('alt') ?? '');
    if (this.depth.hiding === 0 && !hidesContent(attributes)) this.anchor.seen = true;
  }

  private openRaw(name: string, attributes: Attributes): void {
    this.raw = { name, executable: name === 'script' && EXECUTABLE.test(attributes.get('type') ?? ''), text: '' };
  }

  private closeRaw({ name, executable, text }: { readonly name: string; readonly executable: boolean; readonly text: string }): void {
    this.raw = undefined;
    if (name === 'title' && this.inHead && this.title === '') this.title = text;
    if (executable) {
      this.scriptCount += 1;
      this.inlineScriptLength += text.length;
    }
    if (name === 'iframe') this.noteFragment(text, 'iframe');
  }

  private closeSiblings(name: string): void {
    const siblings = SIBLINGS[name] ?? [];
    for (let top = this.stack.at(-1); top; top = this.stack.at(-1)) {
      if (!siblings.includes(top.name) && !(top.name === 'p' && name !== 'br' && BLOCKS.has(name))) return;
      this.pop();
    }
  }

  private pop(): void {
    const element = this.stack.pop();
    if (element) this.count(element, -1);
  }

  private count({ name, hides }: OpenElement, by: 1 | -1): void {
    if (hides) this.depth.hiding += by;
    if (name === 'template' || name === 'noscript' || name === 'svg') this.depth[name] += by;
  }

  /** Words of two blocks are two words; within a link the text is what `textContent` says. */
  private breakText(): void {
    if (this.anchor) return;
    this.allText += ' ';
    if (this.visibleStart.length < VISIBLE_START) this.visibleStart += ' ';
  }
}

/** Robots metas are named `robots` or after a crawler; viewport, description and the like are not evidence. */
function robotsMeta(attributes: Attributes): readonly { readonly name: string; readonly content: string }[] {
  const name = (attributes.get('name') ?? '').trim().toLowerCase();
  return /^(robots|.*bot(-[a-z]+)?|slurp|teoma|bingpreview)$/.test(name) ? [{ name, content: attributes.get('content') ?? '' }] : [];
}

function canonicalHref(attributes: Attributes): readonly string[] {
  const href = attributes.get('href');
  return href !== undefined && relTokens(attributes.get('rel') ?? '').includes('canonical') ? [href] : [];
}
