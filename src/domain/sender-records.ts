/** What the records of a sender's domain in DNS say; each text as DNS has it. */

export interface SpfRecord {
  /** Names that receivers have to look up for it, those of `include` and `redirect` among them (RFC 7208 section 4.6.4). */
  readonly lookups: readonly { readonly kind: 'include' | 'redirect' | 'other'; readonly name: string }[];
  /** What becomes of mail from elsewhere; null: not said. */
  readonly all: '+' | '-' | '~' | '?' | null;
}

/** Records that one SPF is followed through, so that no circle or chain of them is followed for ever. */
export const SPF_LOOKUPS_READ = 30;

const SPF = /^v=spf1(?: |$)/i;

export function isSpf(text: string): boolean {
  return SPF.test(text);
}

export function readSpf(text: string): SpfRecord {
  const terms = text.trim().split(/\s+/).slice(1);
  const all = terms.map((term) => /^([+\-~?]?)all$/i.exec(term)).find((found) => found !== null);
  return {
    lookups: terms.flatMap((term) => {
      const [, word = '', name = ''] = /^[+\-~?]?(include|a|mx|ptr|exists|redirect)(?:[:=]([^/\s]+))?(?:\/.*)?$/i.exec(term) ?? [];
      const kind = word.toLowerCase();
      if (kind === '') return [];
      return [{ kind: kind === 'include' || kind === 'redirect' ? kind : 'other', name: name.toLowerCase() } as const];
    }),
    all: all ? ((all[1] || '+') as SpfRecord['all']) : null, // one of the signs of the pattern
  };
}

/** The tags of a record such as `v=DMARC1; p=none`, names in lower case. */
export function readTags(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(';').flatMap((part) => {
      const at = part.indexOf('=');
      return at === -1 ? [] : [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const];
    }),
  );
}

export function isDmarc(text: string): boolean {
  return /^v=DMARC1\s*(?:;|$)/i.test(text);
}

const POLICIES = ['none', 'quarantine', 'reject'] as const;

export interface DmarcRecord {
  readonly policy: (typeof POLICIES)[number] | null;
  readonly strictDkim: boolean;
  readonly strictSpf: boolean;
}

export function readDmarc(text: string): DmarcRecord {
  const tags = readTags(text);
  const policy = POLICIES.find((one) => one === tags.get('p')?.toLowerCase()) ?? null;
  return { policy, strictDkim: tags.get('adkim')?.toLowerCase() === 's', strictSpf: tags.get('aspf')?.toLowerCase() === 's' };
}

/** The key of a DKIM record as DER in base64; null when it was taken back, undefined when the text is no such record. */
export function dkimKeyOf(text: string): string | null | undefined {
  const tags = readTags(text);
  const key = tags.get('p');
  if (key === undefined || (tags.has('v') && tags.get('v')?.toUpperCase() !== 'DKIM1')) return undefined;
  return key === '' ? null : key.replaceAll(/\s/g, '');
}
