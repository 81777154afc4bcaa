import type { RecipientStatus } from './delivery-status.js';

export const BOUNCE_CLASSES = ['bounce_hard', 'policy_block', 'bounce_soft', 'delayed'] as const;
/**
 * - `bounce_hard`: the address does not exist or is closed; never write there again
 * - `policy_block`: they refuse us, not the address; the contact is spared, the mailbox or domain is at fault
 * - `bounce_soft`: this mail did not arrive, another may
 * - `delayed`: they still try; nothing happened yet
 */
export type BounceClass = (typeof BOUNCE_CLASSES)[number];

/** What servers write, most telling first: the words are more exact than the code that comes with them. */
const WORDS: readonly (readonly [RegExp, BounceClass])[] = [
  [/domain of sender|sender(?:'s)? (?:address|domain|email)|(?:client|sender|ip)\b.{0,30}mismatch|mismatch.{0,20}\bip\b/, 'policy_block'],
  [
    /(?:mailbox|inbox|account|user|recipient|quota|storage)\b.{0,40}\b(?:is |are )?(?:over\s?quota|full\b|exceeded|out of (?:storage|space))|over\s?quota|quota (?:exceeded|full|violation)|exceed(?:s|ed|ing)? (?:\w+ ){0,4}quota|mail(?:box|data) (?:is )?(?:full|too large)|insufficient (?:system |disk )?(?:storage|space)|disk full/,
    'bounce_soft',
  ],
  [
    /(?:user|mailbox|recipient|address|account|person)\b.{0,60}\b(?:unknown|not found|(?:does|do) ?n[o']t exist|doesn.?t have|no longer|not exist|invalid|not a valid|disabled|inactive|deactivated|not available here|unavailable or|not listed|closed)|(?:no such|unknown|invalid|bad destination|non-?existent|unrouteable|undeliverable|inactive|disabled) (?:\w+ )?(?:user|mailbox|recipient|address|local[ -]?part|account|person|addressee)|no mailbox|(?:user|recipient)(?:name)? (?:is )?(?:unknown|not)|isn't (?:active|in my)|does(?: not|n't) have an? (?:\w+ )?account|nobody here|left the company|recipientnotfound|recipient (?:address )?rejected: access denied|(?:check|verify) (?:if|that|whether) (?:the )?(?:e-?mail )?address is correct/,
    'bounce_hard',
  ],
  [
    /host (?:or domain )?(?:name )?(?:unknown|not found)|domain is not reachable|no mx (?:record|host)|unknown (?:host|domain)|(?:domain|host)\b.{0,60}\b(?:does not exist|not found|nxdomain|couldn't be found)|name or service not known|no such (?:domain|host)|does(?: not|n't) accept mail|nullmx|null mx|couldn't find any host|unable to (?:look ?up|find) (?:mx|host)|all relevant mx records point to non-existent/,
    'bounce_hard',
  ],
  [
    /\bspam|spamhaus|blocklist|black ?list|dnsbl|\brbl\b|reputation|\bspf\b|\bdkim\b|\bdmarc\b|policy|banned|virus|malware|authenticat|reverse dns|ptr record|relay(?:ing)? (?:access )?(?:denied|not permitted|prohibited)|unable to relay|insecure mail relay|blocked|access denied|sender (?:address )?rejected|not authori[sz]ed|rate limit|too many (?:connections|messages)|unsolicited/,
    'policy_block',
  ],
  [
    /message (?:size|is too|too)|(?:size|limit) exceed|too (?:large|big|many hops)|timed? ?out|connection refused|not responding|try again|temporar|could not connect|connection (?:was )?(?:lost|dropped|died)|network (?:is )?unreachable|loops? back/,
    'bounce_soft',
  ],
];

/** Enhanced codes (RFC 3463, RFC 7505) where the second number decides, exceptions first. All else of class 5 is hard. */
const CODES: readonly (readonly [RegExp, BounceClass])[] = [
  [/^4\./, 'bounce_soft'],
  [/^5\.1\.[78]$/, 'policy_block'], // our own sender address is refused
  [/^5\.1\./, 'bounce_hard'],
  [/^5\.2\.[23]$/, 'bounce_soft'], // full; too long a message
  [/^5\.3\.[14]$/, 'bounce_soft'], // their disk is full; message too big
  [/^5\.4\.(?:0|4|310)$/, 'bounce_hard'], // no such host
  [/^5\.4\./, 'bounce_soft'], // network, loops, expired
  [/^5\.6\./, 'bounce_soft'], // the content, not the address
  [/^5\.7\./, 'policy_block'], // standards 44
  [/^5\./, 'bounce_hard'],
];

/**
 * Judges one recipient of a report on its own (standards 41–44).
 *
 * A code of class 4 is soft whatever the words say: `450 user unknown` is how greylisting looks. In class 5
 * the words decide, as many servers send 5.7.1 for an unknown user and 5.0.0 for everything.
 *
 * @returns undefined for a success, or when the report says nothing that can be used
 */
export function classOfRecipient(recipient: RecipientStatus): BounceClass | undefined {
  if (recipient.action === 'delayed') return 'delayed';
  if (recipient.action !== 'failed' && recipient.action !== '') return undefined;
  const code = codeOf(recipient);
  if (code.startsWith('4')) return 'bounce_soft';
  // an address may contain any word: spam-watch@…, unknown.user@…
  const words = recipient.diagnostic.toLowerCase().replace(/[^\s<>"'(),:;=]{1,64}@[a-z0-9.-]{1,255}/g, '<>');
  const byWords = WORDS.find(([pattern]) => pattern.test(words))?.[1];
  const byCode = CODES.find(([pattern]) => pattern.test(code))?.[1];
  // failed without a reason: the contact is spared
  return byWords ?? byCode ?? (recipient.action === 'failed' ? 'bounce_soft' : undefined);
}

/** x.y.z of the field, or of the words when the field says nothing (5.0.0), or the class of the plain SMTP code. */
function codeOf({ status, diagnostic }: RecipientStatus): string {
  const exact = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)/.exec(diagnostic)?.[0];
  if (status !== '' && !/^[45]\.0\.0$/.test(status)) return status;
  if (exact) return exact;
  const plain = /(?<![\d.-])([45])\d\d(?=[ -])/.exec(diagnostic)?.[1];
  return plain ? `${plain}.0.0` : status;
}
