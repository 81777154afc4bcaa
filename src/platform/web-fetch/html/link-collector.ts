import type { LinkPlace } from '../../../domain/page-facts.js';
import type { Attributes, HtmlEvents } from './html-tokens.js';
import { BLOCKS, OpenElements, VOID, type OpenElement, type PageElement } from './open-elements.js';
import { SignCollector } from './sign-collector.js';

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
  readonly element: PageElement;
  /** Where its words and pictures stand. */
  readonly shownIn: PageElement[];
  /** It holds a picture that shows nothing. */
  blank: boolean;
}

const RAW_TEXT = new Set(['script', 'style', 'iframe', 'textarea', 'title', 'noembed', 'noframes', 'xmp']);
const IN_HEAD = new Set('html head base basefont bgsound link meta title noscript noframes style script template'.split(' '));
const VISIBLE_START = 12_000;
const NOT_LINKS = new Set('base link meta script style img source video audio track object param input'.split(' '));
/** What is seen without words; an icon is an `<i>` that a font fills. */
const PICTURES = new Set('img svg picture video canvas object i input'.split(' '));
/** More pieces of one link need not be looked at to know that it is seen. */
const MAX_PIECES = 30;
/** Where pages put the address of what only looks like a link. */
const URL_ATTRIBUTES = ['href', 'data-href', 'data-url', 'data-link', 'action', 'formaction'];
/** How buttons and tabs name what they open. */
const OPENERS = ['aria-controls', 'data-target', 'data-bs-target', 'popovertarget', 'commandfor'];

/** Collects links and signs of one page, or of one comment or iframe in it. */
export class LinkCollector implements HtmlEvents {
  readonly links: RawLink[] = [];
  readonly signs = new SignCollector();
  /** HTML inside comments and iframes, to be read by collectors of their own. */
  readonly fragments: { readonly html: string; readonly place: LinkPlace }[] = [];
  /** Ids of what a visitor can open. */
  readonly opened = new Set<string>();
  /** All text, that of links in templates and hidden elements included. */
  allText = '';
  visibleStart = '';
  visibleLength = 0;

  private readonly open = new OpenElements();
  private anchor: RawLink | undefined;
  /** The table cell in which the anchor was opened: it ends there (HTML standard, "markers"). */
  private cell: OpenElement | undefined;
  private raw: { readonly name: string; readonly attributes: Attributes; text: string } | undefined;
  private inHead = true;
  /** The element of the app, until it is closed. */
  private app: OpenElement | undefined;

  /** @param place  `anchor` for the page itself */
  constructor(private readonly place: LinkPlace) {}

  openTag(name: string, attributes: Attributes): void {
    const { depth } = this.open;
    if (!IN_HEAD.has(name) && depth.template === 0) this.inHead = false;
    if (BLOCKS.has(name)) this.breakText();
    this.open.closeSiblings(name);
    this.leaveCell();
    const element = this.open.element(name, attributes);
    if (name === 'a') this.openAnchor(element);
    else this.noteUrls(element);
    if (this.anchor && PICTURES.has(name)) this.notePicture(element, this.anchor);
    if (depth.template + depth.noscript === 0) this.noteSigns(element);
    if (RAW_TEXT.has(name) && depth.svg === 0) this.raw = { name, attributes, text: '' };
    if (!VOID.has(name)) this.open.push(element);
  }

  closeTag(name: string): void {
    if (name === 'a') this.closeAnchor();
    if (name === 'h1') this.signs.closeHeading(this.allText.length);
    if (BLOCKS.has(name)) this.breakText();
    if (this.raw?.name === name) this.closeRaw();
    this.open.close(name);
    this.leaveCell();
    if (this.app && !this.app.open) this.leaveApp();
  }

  /** @param data  decoded text, in pieces */
  chars(data: string): void {
    if (this.raw) {
      this.raw.text += data;
      return;
    }
    this.allText += data;
    const { template, noscript } = this.open.depth;
    const said = /\S/.test(data);
    if (said && template + noscript === 0) this.inHead = false;
    if (said && this.anchor) this.noteShown(this.anchor, this.open.innermost);
    if (noscript > 0) this.signs.noscriptText(data);
    if (this.open.outOfPage) return;
    this.visibleLength += said ? data.trim().length : 0;
    if (this.visibleStart.length < VISIBLE_START) this.visibleStart += data;
  }

  comment(data: string): void {
    this.noteFragment(data, 'comment');
  }

  finish(): void {
    this.closeRaw();
    this.closeAnchor();
    this.leaveApp();
  }

  /** Links do not nest: a new one ends the one before (HTML standard, "in body", start tag a). */
  private openAnchor(element: PageElement): void {
    this.closeAnchor();
    const { attributes } = element;
    const href = attributes.get('href') ?? (this.open.depth.svg > 0 ? attributes.get('xlink:href') : undefined);
    if (href === undefined) {
      this.noteUrls(element);
      return;
    }
    this.anchor = this.newLink(element, href);
    this.links.push(this.anchor);
    this.cell = this.open.cell();
  }

  private closeAnchor(): void {
    if (this.anchor) this.anchor.end = this.allText.length;
    this.anchor = undefined;
    this.cell = undefined;
  }

  private leaveCell(): void {
    if (this.cell && !this.cell.open) this.closeAnchor();
  }

  private newLink(element: PageElement, href: string): RawLink {
    const { name: tag, attributes } = element;
    const start = this.allText.length;
    const [rel, title] = [attributes.get('rel') ?? '', attributes.get('title') ?? ''];
    return { tag, href, rel, title, place: this.placeOf(tag), alts: [], start, end: start, element, shownIn: [], blank: false };
  }

  private placeOf(tag: string): LinkPlace {
    if (this.place !== 'anchor') return this.place;
    if (this.open.depth.template > 0) return 'template';
    if (tag !== 'a') return 'non_anchor';
    return this.open.depth.noscript > 0 ? 'noscript' : 'anchor';
  }

  /** Only `<a href>` is a link (standards 49); what else names an address is kept to say so. */
  private noteUrls(element: PageElement): void {
    const { name, attributes } = element;
    if (attributes.size === 0 || this.place !== 'anchor' || NOT_LINKS.has(name)) return;
    for (const value of addressesIn(element)) {
      const link = this.newLink(element, value);
      this.links.push(this.open.depth.template > 0 ? link : { ...link, place: 'non_anchor' });
    }
  }

  private noteSigns(element: OpenElement): void {
    const { name, attributes } = element;
    this.signs.openTag(name, attributes, this.inHead);
    const app = this.signs.app;
    this.signs.openElement(name, attributes, { all: this.allText.length, visible: this.visibleLength });
    if (!app && this.signs.app) this.app = element;
    if (name === 'iframe') this.noteFragment(attributes.get('srcdoc') ?? '', 'iframe');
    if (attributes.size > 0) this.noteOpeners(attributes);
  }

  private noteOpeners(attributes: Attributes): void {
    for (const opener of OPENERS) {
      for (const id of attributes.get(opener)?.split(/\s+/) ?? []) this.opened.add(id.replace(/^#/, ''));
    }
  }

  private noteFragment(html: string, place: LinkPlace): void {
    if (this.place === 'anchor' && /href/i.test(html)) this.fragments.push({ html, place });
  }

  private notePicture(element: PageElement, anchor: RawLink): void {
    if (element.name === 'img') anchor.alts.push(element.attributes.get('alt') ?? '');
    // a picture of one pixel counts visitors, it shows nothing
    const isPixel = ['width', 'height'].some((side) => /^\s*[01](px)?\s*$/.test(element.attributes.get(side) ?? ''));
    if (isPixel) anchor.blank = true;
    else this.noteShown(anchor, element);
  }

  private noteShown(anchor: RawLink, element: PageElement | undefined): void {
    const { shownIn } = anchor;
    if (element && shownIn.at(-1) !== element && shownIn.length < MAX_PIECES) shownIn.push(element);
  }

  private closeRaw(): void {
    const { raw } = this;
    this.raw = undefined;
    if (!raw) return;
    const { template, noscript } = this.open.depth;
    if (template + noscript === 0) this.signs.rawText(raw, this.inHead);
    if (raw.name === 'iframe') this.noteFragment(raw.text, 'iframe');
  }

  private leaveApp(): void {
    if (this.app && this.signs.app) this.signs.app.textLength = this.visibleLength - this.signs.app.from;
    this.app = undefined;
  }

  /** Words of two blocks are two words; within a link the text is what `textContent` says. */
  private breakText(): void {
    if (this.anchor) return;
    this.allText += ' ';
    if (this.visibleStart.length < VISIBLE_START) this.visibleStart += ' ';
  }
}

function addressesIn({ name, attributes }: PageElement): ReadonlySet<string> {
  const values = URL_ATTRIBUTES.map((attribute) => attributes.get(attribute));
  if (name === 'iframe' || name === 'frame' || name === 'embed') values.push(attributes.get('src'));
  const clicked = attributes.get('onclick');
  if (clicked !== undefined) values.push(/['"]((?:https?:\/)?\/[^'"]+)['"]/.exec(clicked)?.[1]);
  return new Set(values.flatMap((value) => value || []));
}
