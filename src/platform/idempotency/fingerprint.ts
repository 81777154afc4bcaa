import { createHash } from 'node:crypto';

/** What makes two calls the same one (standards 88); the workspace and the caller stand beside it. */
export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** As the edge parsed it, before validation. */
  readonly body: unknown;
}

/** SHA-256 in hex. Of JSON the meaning counts, not the spelling: a client that writes its body anew may order it otherwise. */
export function fingerprintOf({ method, url, body }: Call): string {
  const hash = createHash('sha256').update(`${method}\n${url}\n`);
  return (Buffer.isBuffer(body) ? hash.update(body) : hash.update(canonical(body))).digest('hex');
}

/** JSON with the names of every object in order. The edge has bounded how deep a body may be. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''; // eslint-disable-line @typescript-eslint/no-unnecessary-condition -- undefined for an absent body
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}
