/**
 * A query as the API reads it: `filter: { stage: ['live', 'at_risk'], createdAt: { gte: '2026-11-01' } }` becomes
 * `filter[stage]=live,at_risk&filter[createdAt][gte]=2026-11-01`. What is undefined is left out.
 */
export function toQueryString(query: Readonly<Record<string, unknown>>): string {
  return pairsOf(query, (name) => name)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

function pairsOf(part: object, nameOf: (name: string) => string): [name: string, value: string][] {
  return Object.entries(part).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const name = nameOf(key);
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return [[name, value.join(',')]];
    if (typeof value === 'object') return pairsOf(value, (inner) => `${name}[${inner}]`);
    return [[name, `${value as string | number | boolean}`]];
  });
}
