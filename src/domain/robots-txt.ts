/**
 * What a robots.txt says (RFC 9309), read as Google's own parser reads it, its tolerance of common mistakes included: that is
 * what site owners write for and test with. Time is linear in the file, whatever the patterns.
 */

/** Google's parser drops what stands in a line past this. */
const MAX_LINE = 16_663;

/** Our name in robots.txt: rules for it go before those for everyone. */
export const PRODUCT_TOKEN = 'Linkwright';

interface Rule {
  readonly allows: boolean;
  readonly pattern: string;
}

/** May `agent` fetch `url`? Without a rule that speaks of it: yes. */
export function robotsAllow(text: string, agent: string, url: string): boolean {
  const { own, everyone } = rulesFor(text, agent);
  const path = pathOf(url);
  const rules = own ?? everyone;
  // at the same length the rule that allows wins (RFC 9309 section 2.2.2)
  return longest(rules, false, path) <= longest(rules, true, path);
}

/** Path and query, as servers see them; an empty query keeps its question mark, which `search` does not tell. */
function pathOf(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return '/';
  parsed.hash = '';
  return normalised(parsed.href.slice(parsed.href.indexOf('/', parsed.protocol.length + 2)));
}

function longest(rules: readonly Rule[], allows: boolean, path: string): number {
  let found = 0;
  for (const rule of rules) {
    if (rule.allows !== allows) continue;
    const pattern = matching(rule, path);
    if (pattern !== undefined && pattern.length > found) found = pattern.length;
  }
  return found;
}

/** The pattern that matches, if it does. For "allow: /dir/index.html" the directory itself counts too, as with Google. */
function matching({ allows, pattern }: Rule, path: string): string | undefined {
  if (matches(pattern, path)) return pattern;
  const slash = allows ? pattern.lastIndexOf('/') : -1;
  if (slash < 0 || !pattern.startsWith('/index.htm', slash)) return undefined;
  const directory = `${pattern.slice(0, slash + 1)}$`;
  return matches(directory, path) ? directory : undefined;
}

/** `*` stands for anything, `$` at the end for the end. The leftmost place for each part is enough: what follows has the most room. */
function matches(pattern: string, path: string): boolean {
  const anchored = pattern.endsWith('$');
  const parts = (anchored ? pattern.slice(0, -1) : pattern).split('*');
  const [first = '', ...rest] = parts;
  if (!path.startsWith(first)) return false;
  const last = anchored ? rest.pop() : undefined;
  let at = first.length;
  for (const part of rest) {
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  if (!anchored) return true;
  return last === undefined ? at === path.length : path.length - last.length >= at && path.endsWith(last);
}

/** Rules of all groups that name the agent, and of all for everyone. `own` is absent when no group names it. */
function rulesFor(text: string, agent: string): { readonly own?: readonly Rule[]; readonly everyone: readonly Rule[] } {
  const wanted = agent.toLowerCase();
  const own: Rule[] = [];
  const everyone: Rule[] = [];
  let [named, ours, all, ruled] = [false, false, false, false];
  for (const { key, value } of linesOf(text)) {
    const kind = kindOf(key);
    if (kind === 'agent') {
      // agents in a row share the rules that follow; an agent after a rule begins a new group
      if (ruled) [ours, all, ruled] = [false, false, false];
      if (/^\*(\s|$)/.test(value)) all = true;
      else if (tokenOf(value) === wanted) [ours, named] = [true, true];
    } else if (kind !== undefined && (ours || all)) {
      ruled = true;
      (ours ? own : everyone).push({ allows: kind === 'allow', pattern: normalised(value) });
    }
  }
  return { ...(named && { own }), everyone };
}

/** A group's name ends where its letters do: "FooBot/1.2" means FooBot. */
function tokenOf(value: string): string {
  return (/^[a-z_-]*/i.exec(value)?.[0] ?? '').toLowerCase();
}

// Beginnings are enough, and so are the ways in which people misspell them (Google's parser, "frequent typos").
const KINDS = [
  ['agent', /^(user-agent|useragent|user agent)/i],
  ['allow', /^allow/i],
  ['disallow', /^(disallow|dissallow|dissalow|disalow|diasllow|disallaw)/i],
] as const;

function kindOf(key: string): (typeof KINDS)[number][0] | undefined {
  return KINDS.find(([, name]) => name.test(key))?.[0];
}

function* linesOf(text: string): Generator<{ readonly key: string; readonly value: string }> {
  // a byte order mark, whole or, where it was cut, what is left of it
  for (const line of text.replace(/^[\uFEFF\uFFFD]+/, '').split(/\r\n|\r|\n/)) {
    const [bare = ''] = line.slice(0, MAX_LINE).split('#', 1);
    const trimmed = bare.trim();
    const colon = trimmed.indexOf(':');
    // "disallow /x" without a colon counts when it is exactly two words
    const [key, value, more] = colon >= 0 ? [trimmed.slice(0, colon), trimmed.slice(colon + 1)] : trimmed.split(/[ \t]+/, 3);
    if (key !== undefined && value !== undefined && more === undefined) yield { key: key.trim(), value: value.trim() };
  }
}

/** Letters beyond ASCII as servers see them (percent-encoded UTF-8), and escapes in one way of writing. */
function normalised(path: string): string {
  return path
    .replace(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase())
    .replace(/[^\p{ASCII}]+/gu, (letters) => encodeURIComponent(letters.toWellFormed()));
}
