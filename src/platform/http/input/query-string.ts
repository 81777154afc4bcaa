/** A parameter given twice is a list; `filter[stage]=live` and `filter[createdAt][gte]=…` nest under `filter`. */
export type QueryValue = string | string[] | QueryObject;
export interface QueryObject {
  [name: string]: QueryValue;
}

const NESTED = /^([^[\]]+)((?:\[[^[\]]+\]){1,2})$/;

/**
 * Reads a query string as `filter[…]` needs it, so that a DTO can declare `filter` as one property and the whitelist
 * still refuses every other unknown name. Nesting ends at two levels; a name of another form stays as it is written.
 * Values decode leniently here: the edge has refused bad escapes before.
 */
export function parseQueryString(text: string): QueryObject {
  const query = emptyObject();
  for (const [name, value] of new URLSearchParams(text)) {
    const [, parameter, inner] = NESTED.exec(name) ?? [];
    if (parameter === undefined || inner === undefined) add(query, name, value);
    else addNested(query, [parameter, ...inner.slice(1, -1).split('][')], value);
  }
  return query;
}

function addNested(query: QueryObject, path: readonly string[], value: string): void {
  let target = query;
  for (const name of path.slice(0, -1)) {
    const inner = (target[name] ??= emptyObject());
    // the same name was given flat before: keep both readings out of each other's way, and let validation refuse it
    if (typeof inner === 'string' || Array.isArray(inner)) {
      add(query, `${path[0] ?? ''}[${path.slice(1).join('][')}]`, value);
      return;
    }
    target = inner;
  }
  add(target, path.at(-1) ?? '', value);
}

function add(target: QueryObject, name: string, value: string): void {
  const earlier = target[name];
  if (earlier === undefined) target[name] = value;
  else if (typeof earlier === 'string') target[name] = [earlier, value];
  else if (Array.isArray(earlier)) earlier.push(value);
  else target[`${name}[]`] = value; // both `filter=` and `filter[x]=`: an unknown name, refused by the whitelist
}

/** Without a prototype: a parameter may be called __proto__, and is refused by that name later. */
function emptyObject(): QueryObject {
  return Object.create(null) as QueryObject;
}

/** Whether every percent escape of a path or query stands for UTF-8 text. */
export function hasGoodEscapes(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}
