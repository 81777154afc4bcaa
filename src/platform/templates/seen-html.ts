import type { SeenPage } from '../../domain/mail-footer.js';
import { type Attributes, readHtml } from '../web-fetch/html/html-tokens.js';

export const SWALLOWED_ENDING =
  'What is put at the end of the mail (postal address, link to stop all mail) would stay unseen: close every comment, attribute and hidden element.';

const VOID: ReadonlySet<string> = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
/** What stands in these is not read as words of the page. */
const UNSEEN: ReadonlySet<string> = new Set(
  'audio canvas datalist iframe noembed noframes object plaintext script select style template textarea title video xmp'.split(' '),
);
const INLINE: ReadonlySet<string> = new Set('a abbr b code em font i small span strong u'.split(' '));
const HIDING_STYLE = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|(?:opacity|font-size)\s*:\s*0*\.?0+(?![.\d]))/i;

/** The words and the links of an HTML part that its reader can see: nothing out of comments, attributes or what is hidden. */
export function seenHtml(html: string): SeenPage {
  const links: string[] = [];
  const text: string[] = [];
  let hidden: { readonly name: string; depth: number } | undefined;
  let link: string | undefined;
  const seeLink = (): void => {
    if (link !== undefined) links.push(link.trim());
    link = undefined;
  };
  readHtml(html, {
    openTag: (name, attributes) => {
      if (hidden) {
        if (hidden.name === name) hidden.depth++;
        return;
      }
      if (!INLINE.has(name)) text.push('\n');
      if (isHidden(name, attributes)) {
        if (!VOID.has(name)) hidden = { name, depth: 1 };
        return;
      }
      if (name === 'a') link = attributes.get('href');
      if (name === 'img') seeLink();
    },
    closeTag: (name) => {
      if (hidden) {
        if (hidden.name === name && --hidden.depth === 0) hidden = undefined;
        return;
      }
      if (name === 'a') link = undefined;
      if (!INLINE.has(name)) text.push('\n');
    },
    chars: (data) => {
      if (hidden) return;
      text.push(data);
      if (data.trim() !== '') seeLink();
    },
    comment: () => undefined,
  });
  return { text: text.join(''), links };
}

function isHidden(name: string, attributes: Attributes): boolean {
  return UNSEEN.has(name) || attributes.has('hidden') || HIDING_STYLE.test(attributes.get('style') ?? '');
}
