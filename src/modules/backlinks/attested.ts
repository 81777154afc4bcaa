/** What a person may say about a link that the checks cannot see. */
export const ATTESTED = ['live', 'degraded', 'lost', 'rejected'] as const;
export type Attested = (typeof ATTESTED)[number];
