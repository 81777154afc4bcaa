import { relTokens } from '../../../domain/rel-tokens.js';
import type { Attributes } from './html-tokens.js';

const EXECUTABLE = /^$|javascript|ecmascript|module/i;
const MAX_LOADS = 300;
const MAX_SCRIPT_STARTS = 50;
const MAX_HEADINGS = 5;
const MAX_NOSCRIPT = 1000;
/** Longer addresses are data, not places. */
const MAX_ADDRESS = 500;
const SCRIPT_START = 300;
/** The elements that frameworks fill: React, Vue, Next, Nuxt, Gatsby, Svelte, Angular, Ember. */
const APP_IDS = new Set('root app __next __nuxt ___gatsby svelte app-root q-app ember-app react-root reactroot main-app vue-app'.split(' '));
const APP_ATTRIBUTES = ['data-reactroot', 'ng-version', 'ng-app', 'data-server-rendered', 'data-v-app', 'data-sveltekit-hydrate'];
const APP_TAGS = new Set(['app-root', 'ember-app']);

export interface RawText {
  readonly name: string;
  readonly attributes: Attributes;
  readonly text: string;
}

/** Gathers what a page says about itself beside its links: robots, canonical, refresh, scripts, forms. */
export class SignCollector {
  readonly robotsMetas: { readonly name: string; readonly content: string }[] = [];
  readonly canonicalHrefs: string[] = [];
  /** Contents of `<meta http-equiv=refresh>`. */
  readonly refreshes: string[] = [];
  readonly styles: string[] = [];
  readonly loads: string[] = [];
  readonly scriptStarts: string[] = [];
  baseHref: string | undefined;
  title = '';
  noscript = '';
  scriptCount = 0;
  inlineScriptLength = 0;
  scriptDataLength = 0;
  hasPasswordField = false;
  /** The element that a framework fills: visible characters before it, and in it. */
  app: { readonly from: number; textLength: number } | undefined;
  readonly headings: { readonly start: number; end?: number }[] = [];

  /** A start tag that is part of the page, in no template and no noscript. */
  openTag(name: string, attributes: Attributes, inHead: boolean): void {
    switch (name) {
      case 'base':
        this.baseHref ??= attributes.get('href');
        break;
      case 'meta':
        this.noteMeta(attributes);
        break;
      case 'link':
        if (inHead) this.canonicalHrefs.push(...canonicalHref(attributes));
        break;
      case 'input':
        this.hasPasswordField ||= attributes.get('type')?.toLowerCase() === 'password';
        break;
      case 'script':
      case 'iframe':
      case 'frame':
        this.noteLoad(attributes.get('src'));
    }
  }

  /** @param textAt  how much text stood before it; for headings in all text, for the app in the visible */
  openElement(name: string, attributes: Attributes, textAt: { readonly all: number; readonly visible: number }): void {
    if (name === 'h1' && this.headings.length < MAX_HEADINGS) this.headings.push({ start: textAt.all });
    if (!this.app && isApp(name, attributes)) this.app = { from: textAt.visible, textLength: 0 };
  }

  closeHeading(textAt: number): void {
    const open = this.headings.at(-1);
    if (open) open.end ??= textAt;
  }

  /** What stood in a script, style or title. */
  rawText({ name, attributes, text }: RawText, inHead: boolean): void {
    if (name === 'title' && inHead && this.title === '') this.title = text;
    if (name === 'style' && isForScreens(attributes)) this.styles.push(text);
    if (name !== 'script') return;
    const type = attributes.get('type') ?? '';
    if (EXECUTABLE.test(type)) {
      this.scriptCount += 1;
      this.inlineScriptLength += text.length;
      if (text !== '' && this.scriptStarts.length < MAX_SCRIPT_STARTS) this.scriptStarts.push(text.slice(0, SCRIPT_START));
    } else if (/^application\/json$/i.test(type.trim())) {
      this.scriptDataLength += text.length;
    }
  }

  noscriptText(data: string): void {
    if (this.noscript.length < MAX_NOSCRIPT) this.noscript += data;
  }

  private noteMeta(attributes: Attributes): void {
    this.robotsMetas.push(...robotsMeta(attributes));
    const content = attributes.get('content');
    if (content !== undefined && attributes.get('http-equiv')?.trim().toLowerCase() === 'refresh') this.refreshes.push(content);
  }

  private noteLoad(address: string | undefined): void {
    if (address !== undefined && address !== '' && this.loads.length < MAX_LOADS) this.loads.push(address.slice(0, MAX_ADDRESS));
  }
}

function isApp(name: string, attributes: Attributes): boolean {
  if (APP_TAGS.has(name)) return true;
  const id = attributes.get('id');
  return (id !== undefined && APP_IDS.has(id.toLowerCase())) || APP_ATTRIBUTES.some((attribute) => attributes.has(attribute));
}

/** A sheet for printers or of another language hides nothing on a screen. */
function isForScreens(attributes: Attributes): boolean {
  const type = attributes.get('type')?.trim() ?? '';
  const media = attributes.get('media')?.trim() ?? '';
  return (type === '' || /^text\/css$/i.test(type)) && /^(all|(only )?screen)?$/i.test(media);
}

/** Robots metas are named `robots` or after a crawler; viewport, description and the like are not evidence. */
function robotsMeta(attributes: Attributes): readonly { readonly name: string; readonly content: string }[] {
  const name = (attributes.get('name') ?? '').trim().toLowerCase();
  return /^(robots|[\w-]*(bot|spider|crawler)(-[a-z]+)?|slurp|teoma|bingpreview|yandex|googlebot-[a-z]+)$/.test(name)
    ? [{ name, content: attributes.get('content') ?? '' }]
    : [];
}

function canonicalHref(attributes: Attributes): readonly string[] {
  const href = attributes.get('href');
  return href !== undefined && relTokens(attributes.get('rel') ?? '').includes('canonical') ? [href] : [];
}
