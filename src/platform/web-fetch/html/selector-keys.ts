import { isStateName } from './style-selectors.js';

/** No honest selector is longer at its end. */
const MAX_COMPOUND = 300;

/** A rule is filed under one name that its rightmost element must have: `#id`, else `.class`, else tag, else `*`. */
export function keysIn(selectors: string): readonly string[] {
  return [...new Set(splitSelectors(selectors).map(keyOf))];
}

function keyOf(selector: string): string {
  const end = selector.slice(-MAX_COMPOUND).trimEnd();
  const bare = /[([]/.test(end) ? end.replace(/\[[^\]]*\]|\([^()]*\)/g, '') : end;
  const last = bare.slice(lastBond(bare) + 1);
  if (/[()[\]|]|\\[\da-f]/i.test(last)) return '*';
  const [id] = /#(?:[^.#:\\]|\\.)+/.exec(last) ?? [];
  // a class of a state may come and go; the rule is looked at before it comes
  const name = id ?? last.match(/\.(?:[^.#:\\]|\\.)+/g)?.find((each) => !isStateName(each.slice(1)));
  return name?.replaceAll('\\', '') ?? /^[a-z][a-z0-9-]*/i.exec(last)?.[0].toLowerCase() ?? '*';
}

function lastBond(compound: string): number {
  for (let at = compound.length - 1; at >= 0; at -= 1) {
    if (/[\s>+~]/.test(compound.charAt(at)) && compound[at - 1] !== '\\') return at;
  }
  return -1;
}

/** At commas outside of brackets. */
function splitSelectors(selectors: string): readonly string[] {
  if (!/[([]/.test(selectors)) return selectors.split(',');
  const parts: string[] = [];
  let [start, depth] = [0, 0];
  for (let at = 0; at < selectors.length; at += 1) {
    const char = selectors.charAt(at);
    if (char === '(' || char === '[') depth += 1;
    else if (char === ')' || char === ']') depth -= 1;
    else if (char === ',' && depth <= 0) {
      parts.push(selectors.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, selectors.slice(start)];
}
