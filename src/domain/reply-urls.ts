import { linkKey } from './link-key.js';
import { newTextOf } from './reply-text.js';

/** Addresses as people write them: with a scheme, or a name with a path behind it. */
const ADDRESS = /https?:\/\/[^\s<>"'`\\]{1,2048}|(?<![\w@./-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\/[^\s<>"'`\\]{1,2000}/gi;
/** Pages that nobody means as the one with the link. */
const NOT_AN_ARTICLE =
  /unsubscribe|opt-?out|abmelden|desabonne|desinscri|write-for-us|guest-?post|guidelines?\b|contribut|submission|advertis|media-?kit|\/(contact|kontakt|about|impressum|imprint|privacy|datenschutz)\b/i;
const AT_MOST = 10;

/**
 * The pages that an answer may name as the one with our link: what its writer wrote, not what they quote or sign with, and no
 * home page, opt-out or guideline. Each once, in the order of the text; whose they are is for the caller to say.
 */
export function pagesNamedIn(text: string): readonly string[] {
  const found = [...newTextOf(text).matchAll(ADDRESS)].flatMap(([written]) => {
    const key = linkKey(withScheme(trimmed(written)));
    return key !== undefined && isArticle(key) ? [key] : [];
  });
  return [...new Set(found)].slice(0, AT_MOST);
}

function withScheme(address: string): string {
  return /^https?:/i.test(address) ? address : `https://${address}`;
}

/** The full stop behind an address is the sentence's; a closing bracket belongs to it only with an opening one. */
function trimmed(address: string): string {
  let end = address;
  for (;;) {
    const last = end.at(-1) ?? '';
    const isStray = '.,;:!?*_|'.includes(last) || (last === ')' && !end.includes('(')) || (last === ']' && !end.includes('['));
    if (last === '' || !isStray) return end;
    end = end.slice(0, -1);
  }
}

function isArticle(key: string): boolean {
  const { pathname, search } = new URL(key);
  const isHome = /^\/(index\.\w{2,5})?$/.test(pathname) && search === '';
  return !isHome && !NOT_AN_ARTICLE.test(pathname + search);
}
