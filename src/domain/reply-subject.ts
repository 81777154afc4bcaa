/** What mail programs put before a subject: Re, Fwd and what they are called in other languages, once or often, also counted as Re[2]. */
const PREFIXES = /^(?:\s*(?:re|aw|sv|vs|antw|odp|rif|ris|res|r|fwd?|wg|tr|rv|enc|回复|答复|转发)\s*(?:\[\d{1,3}\])?\s*[:：])+/iu;

/** Do two subjects name the same conversation? An empty one names none. */
export function sameSubject(one: string | null | undefined, other: string | null | undefined): boolean {
  const bare = bareSubject(one);
  return bare !== '' && bare === bareSubject(other);
}

function bareSubject(subject: string | null | undefined): string {
  return (subject ?? '').slice(0, 2000).replace(PREFIXES, '').replace(/\s+/gu, ' ').trim().toLowerCase();
}
