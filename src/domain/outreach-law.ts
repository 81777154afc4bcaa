/**
 * What the law of a country asks before a first mail to somebody who did not ask for it:
 * - `allowed`: a working opt-out and an honest sender are enough
 * - `needs_basis`: a lawful basis must be known, such as a legitimate interest
 * - `consent_only`: only with the consent of the one who gets it
 */
export type LawRule = 'allowed' | 'needs_basis' | 'consent_only';

export interface CountryLaw {
  readonly rule: LawRule;
  /** The lines of our rules of the field that it comes from. */
  readonly source: string;
}

const GDPR = 'standards 27–30: GDPR Art. 6(1)(f), 14, 21';
const EPRIVACY = 'standards 99: ePrivacy Directive Art. 13';

/** The European Economic Area, less those that ask for consent between businesses too. */
const BASIS_IN = 'BE BG CY EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PT RO SE SI SK CZ'.split(' ');
const CONSENT_IN = 'AT DE DK PL'.split(' ');

/** By country (ISO 3166-1). Not legal advice: a start that errs on the side of the one who gets the mail (standards 103). */
export const OUTREACH_LAW: Readonly<Record<string, CountryLaw>> = {
  ...Object.fromEntries(BASIS_IN.map((country) => [country, { rule: 'needs_basis', source: GDPR } as const])),
  ...Object.fromEntries(CONSENT_IN.map((country) => [country, { rule: 'consent_only', source: EPRIVACY } as const])),
  DE: { rule: 'consent_only', source: `${EPRIVACY}; Germany UWG section 7` },
  GB: { rule: 'needs_basis', source: 'standards 100: UK PECR' },
  CA: { rule: 'needs_basis', source: 'standards 101: Canada CASL' },
  AU: { rule: 'needs_basis', source: 'standards 102: Australia Spam Act sections 16, 20–22' },
  US: { rule: 'allowed', source: 'standards 24–26: CAN-SPAM' },
};

/** What is known of a person when the law is asked. */
export interface LawFacts {
  /** Of the person, else of the site; null when nobody knows. */
  readonly country: string | null;
  readonly lawfulBasis: 'consent' | 'legitimate_interest' | 'contract' | null;
  /** A person answers for it that this one may be written to. */
  readonly consentOverridden: boolean;
}

export interface LawObjection {
  readonly code: 'consent_required';
  readonly detail: string;
}

/** A country that nobody has listed asks for nothing that we know of. */
export function lawOf(country: string | null): CountryLaw | undefined {
  return country === null ? undefined : OUTREACH_LAW[country];
}

/** Why the law forbids a mail that nobody asked for; undefined when it may go (F86). */
export function lawObjection({ country, lawfulBasis, consentOverridden }: LawFacts): LawObjection | undefined {
  const law = lawOf(country);
  if (!law || law.rule === 'allowed' || consentOverridden) return undefined;
  const where = `${String(country)} (${law.source})`;
  if (law.rule === 'needs_basis') {
    return lawfulBasis === null
      ? { code: 'consent_required', detail: `A lawful basis must be known for a mail to ${where}: set \`lawfulBasis\` of the contact.` }
      : undefined;
  }
  // a contract is a conversation that runs already, which no advertising opens
  if (lawfulBasis === 'consent' || lawfulBasis === 'contract') return undefined;
  return { code: 'consent_required', detail: `Mail that nobody asked for needs consent in ${where}.` };
}
