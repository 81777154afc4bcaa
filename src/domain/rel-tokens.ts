/** The tokens by which a link says "do not associate my site with it" (standards 52). */
export const REL_QUALIFIERS = ['nofollow', 'sponsored', 'ugc'] as const;
export type RelQualifier = (typeof REL_QUALIFIERS)[number];

/** What an agreement may accept; `follow` is a link with none of the qualifiers. */
export type AcceptedRel = 'any' | readonly (RelQualifier | 'follow')[];

/** Tokens of a rel attribute: split by white space or comma, lower case, each once (Google, "Qualify outbound links"). */
export function relTokens(value: string): readonly string[] {
  return [...new Set(value.toLowerCase().split(/[\s,]+/))].filter((token) => token !== '');
}

export function relQualifiers(tokens: readonly string[]): readonly RelQualifier[] {
  return REL_QUALIFIERS.filter((qualifier) => tokens.includes(qualifier));
}

/** One accepted qualifier is enough: `sponsored nofollow` says no less than `sponsored`. */
export function relAccepted(qualifiers: readonly RelQualifier[], accepted: AcceptedRel): boolean {
  if (accepted === 'any') return true;
  if (qualifiers.length === 0) return accepted.includes('follow');
  return qualifiers.some((qualifier) => accepted.includes(qualifier));
}
