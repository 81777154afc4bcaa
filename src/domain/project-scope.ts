/** The projects whose things somebody may see; null for all of them. */
export type ProjectScope = readonly string[] | null;

/** What lies inside both borders: a key sees no more than its maker does now, and no more than it was made for. */
export function withinBoth(one: ProjectScope, other: ProjectScope): ProjectScope {
  if (one === null) return other;
  return other === null ? one : one.filter((id) => other.includes(id));
}
