import { type DmarcRecord, readSpf } from './sender-records.js';

/** What was found out about one record: what it says, that there is none, or nothing that could be relied on. */
export type Known<T> = { readonly is: 'found'; readonly value: T } | { readonly is: 'absent' } | { readonly is: 'unknown' };

/** What DNS says of the domain that mail comes from. */
export interface SenderFacts {
  readonly domain: string;
  /** All SPF records of the domain; more than one counts as none. */
  readonly spf: Known<readonly string[]>;
  /** Names that receivers look up for it, all in all. */
  readonly spfLookups: number;
  readonly dkim: Known<{ readonly selector: string; readonly bits: number | null }>;
  /** That of the domain, else that of its organisational domain. */
  readonly dmarc: Known<DmarcRecord>;
  readonly mx: Known<'takes_mail' | 'takes_none'>;
  /** Whether the name of the server that hands our mail over leads to its address and back. */
  readonly ptr: Known<boolean>;
}

export type FindingState = 'ok' | 'bad' | 'unknown';

export interface ReadinessFinding {
  readonly check: 'spf' | 'dkim' | 'dmarc' | 'alignment' | 'mx' | 'ptr';
  readonly state: FindingState;
  readonly detail: string;
  /** The lines of our rules of the field that ask for it. */
  readonly source: string;
  /** What to put into DNS. */
  readonly publish: { readonly name: string; readonly type: 'TXT' | 'MX' | 'PTR'; readonly value: string } | null;
}

/** RFC 7208 section 4.6.4. */
export const SPF_LOOKUPS_AT_MOST = 10;
/** Standards 11. */
const DKIM_BITS_AT_LEAST = 1024;
/** Above it all three must be there (standards 2, 12). */
export const MAILS_WITHOUT_ALL_THREE = 5000;

type Judged = Omit<ReadinessFinding, 'check' | 'source'>;

const fine = (detail: string): Judged => ({ state: 'ok', detail, publish: null });
const unsure = (what: string): Judged => ({ state: 'unknown', detail: `${what} could not be looked up: try again later.`, publish: null });
const bad = (detail: string, publish: ReadinessFinding['publish'] = null): Judged => ({ state: 'bad', detail, publish });

function spf({ domain, spf: found, spfLookups }: SenderFacts): Judged {
  const publish = { name: domain, type: 'TXT', value: 'v=spf1 include:<the SPF name of your mail provider> -all' } as const;
  if (found.is === 'unknown') return unsure('SPF');
  if (found.is === 'absent') return bad('The domain has no SPF record.', publish);
  const [record, another] = found.value;
  if (record === undefined) return bad('The domain has no SPF record.', publish);
  if (another !== undefined) return bad('The domain has more than one SPF record: receivers take none of them.', publish);
  if (readSpf(record).all === '+') return bad('The SPF record lets everybody send: end it with -all or ~all.', publish);
  if (spfLookups > SPF_LOOKUPS_AT_MOST) {
    return bad(`The SPF record needs ${spfLookups} look-ups, and receivers stop after ${SPF_LOOKUPS_AT_MOST} (RFC 7208 section 4.6.4).`, publish);
  }
  return fine(`SPF is there, with ${spfLookups} of ${SPF_LOOKUPS_AT_MOST} look-ups.`);
}

function dkim({ domain, dkim: found }: SenderFacts): Judged {
  const publish = { name: `<selector>._domainkey.${domain}`, type: 'TXT', value: 'v=DKIM1; k=rsa; p=<public key of your mail provider>' } as const;
  if (found.is === 'unknown') return { ...unsure('DKIM'), publish };
  if (found.is === 'absent') return bad('No DKIM key was found at the selectors that are known.', publish);
  const { selector, bits } = found.value;
  if (bits === null) return bad(`The DKIM key of ${selector} was taken back, or cannot be read.`, publish);
  if (bits < DKIM_BITS_AT_LEAST) return bad(`The DKIM key of ${selector} has ${bits} bits, too few to be believed.`, publish);
  return fine(`The DKIM key of ${selector} has ${bits} bits.`);
}

function dmarc({ domain, dmarc: found }: SenderFacts): Judged {
  const publish = { name: `_dmarc.${domain}`, type: 'TXT', value: `v=DMARC1; p=none; rua=mailto:dmarc@${domain}` } as const;
  if (found.is === 'unknown') return unsure('DMARC');
  if (found.is === 'absent') return bad('Neither the domain nor the one above it has a DMARC record.', publish);
  if (found.value.policy === null) return bad('The DMARC record names no policy: none, quarantine or reject.', publish);
  return fine(`DMARC is there, with the policy ${found.value.policy}.`);
}

/** Our envelope and our signature carry the domain of From itself, so either one that passes is aligned, also strictly. */
function alignment(facts: SenderFacts): Judged {
  const states = [spf(facts).state, dkim(facts).state];
  if (states.includes('ok')) return fine('Envelope and signature have the domain of the sender, so they are aligned.');
  return states.includes('unknown')
    ? unsure('Whether SPF or DKIM pass for the domain')
    : bad('Neither SPF nor DKIM pass for the domain, so nothing is aligned.');
}

function mx({ domain, mx: found }: SenderFacts): Judged {
  const publish = { name: domain, type: 'MX', value: '10 <the mail server that takes your answers>' } as const;
  if (found.is === 'unknown') return unsure('MX');
  if (found.is === 'absent') return bad('No mail server takes the answers to this domain.', publish);
  return found.value === 'takes_none'
    ? bad('The domain says that it takes no mail (RFC 7505): nobody can answer.', publish)
    : fine('Answers find a mail server.');
}

function ptr({ ptr: found }: SenderFacts): Judged {
  if (found.is !== 'found') return unsure('The name of the mail server');
  if (found.value) return fine('The mail server has a name that leads back to it.');
  return bad('The address of the mail server has no name that leads back to it: ask whoever runs it.', {
    name: '<address of the server>',
    type: 'PTR',
    value: '<its name>',
  });
}

const CHECKS: readonly (readonly [ReadinessFinding['check'], string, (facts: SenderFacts) => Judged])[] = [
  ['spf', 'standards 1, 2', spf],
  ['dkim', 'standards 1, 2, 11', dkim],
  ['dmarc', 'standards 2, 11, 12', dmarc],
  ['alignment', 'standards 3, 9, 13', alignment],
  ['mx', 'standards 6', mx],
  ['ptr', 'standards 4', ptr],
];

/** Whether receivers will believe mail of the domain, and what to mend (F33). */
export function judgeSender(facts: SenderFacts): ReadinessFinding[] {
  return CHECKS.map(([check, source, judge]) => ({ check, source, ...judge(facts) }));
}

/** SPF, DKIM and DMARC are all known to be there: what it takes to send more than 5,000 mails a day. */
export function hasAllThree(findings: readonly Pick<ReadinessFinding, 'check' | 'state'>[]): boolean {
  return (['spf', 'dkim', 'dmarc'] as const).every((wanted) => findings.some(({ check, state }) => check === wanted && state === 'ok'));
}
