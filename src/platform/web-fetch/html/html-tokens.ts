import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

export type Attributes = ReadonlyMap<string, string>;

export interface HtmlEvents {
  openTag(name: string, attributes: Attributes): void;
  closeTag(name: string): void;
  /** Decoded text, in pieces. */
  chars(data: string): void;
  comment(data: string): void;
}

/** HTML points inside SVG and MathML where plain HTML goes on. */
const INTEGRATION_POINTS: readonly string[] = ['foreignobject', 'desc', 'title', 'mi', 'mo', 'mn', 'ms', 'mtext', 'annotation-xml'];

/**
 * Reads HTML as a flat stream of tokens. The Parser of the same library keeps a stack that takes quadratic time on a
 * hostile page and swallows the end tags of misnested links; tokens have neither fault.
 */
export function readHtml(html: string, events: HtmlEvents): void {
  const tokenizer = new Tokenizer({}, new TokenAdapter(html, events));
  tokenizer.write(html);
  tokenizer.end();
}

class TokenAdapter implements TokenizerCallbacks {
  private name = '';
  private attributes = new Map<string, string>();
  private attributeName = '';
  private attributeValue = '';
  private readonly foreign: string[] = [];

  constructor(
    private readonly html: string,
    private readonly events: HtmlEvents,
  ) {}

  isInForeignContext(): boolean {
    const innermost = this.foreign.at(-1);
    return innermost === 'svg' || innermost === 'math';
  }

  onopentagname(start: number, end: number): void {
    this.name = this.html.slice(start, end).toLowerCase();
    this.attributes = new Map();
  }

  onattribname(start: number, end: number): void {
    this.attributeName = this.html.slice(start, end).toLowerCase();
    this.attributeValue = '';
  }

  onattribdata(start: number, end: number): void {
    this.attributeValue += this.html.slice(start, end);
  }

  onattribentity(codepoint: number): void {
    this.attributeValue += String.fromCodePoint(codepoint);
  }

  onattribend(): void {
    // the first of two attributes of one name counts
    if (!this.attributes.has(this.attributeName)) this.attributes.set(this.attributeName, this.attributeValue);
  }

  onopentagend(): void {
    const name = this.name === 'image' && !this.isInForeignContext() ? 'img' : this.name;
    if (name === 'svg' || name === 'math' || (this.foreign.length > 0 && INTEGRATION_POINTS.includes(name))) this.foreign.push(name);
    this.events.openTag(name, this.attributes);
  }

  onselfclosingtag(): void {
    const closes = this.isInForeignContext() || this.name === 'svg' || this.name === 'math';
    this.onopentagend();
    if (closes) this.end(this.name);
  }

  onclosetag(start: number, end: number): void {
    this.end(this.html.slice(start, end).toLowerCase());
  }

  ontext(start: number, end: number): void {
    this.events.chars(this.html.slice(start, end));
  }

  ontextentity(codepoint: number): void {
    this.events.chars(String.fromCodePoint(codepoint));
  }

  oncomment(start: number, end: number, offset: number): void {
    this.events.comment(this.html.slice(start, end - offset));
  }

  oncdata(start: number, end: number, offset: number): void {
    if (this.isInForeignContext()) this.events.chars(this.html.slice(start, end - offset));
  }

  ondeclaration(): void {
    // doctypes say nothing about links
  }

  onprocessinginstruction(): void {
    // browsers read these as comments
  }

  onend(): void {
    // the collector knows its own end
  }

  private end(name: string): void {
    const at = this.foreign.lastIndexOf(name);
    if (at !== -1) this.foreign.length = at;
    this.events.closeTag(name);
  }
}
