/** One of several texts that a step tries against each other. */
export interface StepVariant {
  /** Given once in the life of a step, as `a`, `b` …: mails are counted by it. */
  readonly key: string;
  readonly templateId: string;
  /** Its share beside those of the others; 0: nobody new gets it. */
  readonly weight: number;
}

/** A variant as a person wrote it: without a key it is new. */
export type VariantDraft = Omit<StepVariant, 'key'> & { readonly key?: string | undefined };

/**
 * The variant that a contact gets at a step: always the same one, whichever process asks and in whichever version of the
 * sequence, as long as the variants and their weights stay. Each contact draws a number for each variant, and the best one
 * wins (rendezvous hashing): a variant that is added or ends moves only those who now get it, or had it.
 */
export function variantFor(variants: readonly StepVariant[], contactId: string, stepKey: string): StepVariant | undefined {
  let best: StepVariant | undefined;
  let bestScore = Infinity;
  for (const variant of variants) {
    if (variant.weight <= 0) continue;
    // exponential with the weight as its rate: the smallest of them is each one's with a chance of its share
    const score = -Math.log(fraction(`${contactId} ${stepKey} ${variant.key}`)) / variant.weight;
    if (score >= bestScore) continue;
    best = variant;
    bestScore = score;
  }
  return best;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A number above 0 and below 1 that a text stands for: FNV-1a, with the last mixing step of MurmurHash3 for even bits. */
function fraction(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 0x1_0000_0000;
}

/** Gives every new variant the next letter that no variant of the step ever had. @param used  keys that were given before */
export function withVariantKeys(drafts: readonly VariantDraft[], used: readonly string[]): StepVariant[] {
  const taken = new Set([...used, ...drafts.flatMap(({ key }) => key ?? [])]);
  return drafts.map(({ key, ...variant }) => {
    const given = key ?? freeLetter(taken);
    taken.add(given);
    return { key: given, ...variant };
  });
}

/** `a` to `z`, then `a2` … */
function freeLetter(taken: ReadonlySet<string>): string {
  for (let round = 1; ; round += 1) {
    for (let letter = 0; letter < 26; letter += 1) {
      const key = String.fromCharCode(97 + letter) + (round === 1 ? '' : String(round));
      if (!taken.has(key)) return key;
    }
  }
}
