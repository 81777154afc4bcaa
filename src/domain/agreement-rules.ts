import { RuleViolation } from './errors.js';

export const AGREEMENT_VIAS = ['direct', 'vendor', 'partner'] as const;
export type AgreementVia = (typeof AGREEMENT_VIAS)[number];

export const COMPENSATIONS = ['none', 'money', 'product', 'exchange'] as const;
export type Compensation = (typeof COMPENSATIONS)[number];

export const AGREED_RELS = ['follow', 'nofollow', 'sponsored', 'ugc'] as const;
export type AgreedRel = (typeof AGREED_RELS)[number];

export interface Terms {
  readonly compensation: Compensation;
  readonly fee?: { readonly amount: number } | null | undefined;
  /** `rel` lists what is accepted; absent or empty accepts any. */
  readonly items: readonly { readonly rel?: readonly string[] | null | undefined }[];
}

/** Something was given for the link, whatever it is called: a fee makes it paid, and so do a product and a link in return. */
export function isPaid(terms: Pick<Terms, 'compensation' | 'fee'>): boolean {
  return terms.compensation !== 'none' || (terms.fee?.amount ?? 0) > 0;
}

const QUALIFIED: readonly string[] = ['sponsored', 'nofollow'];

/**
 * A link that is paid for must say so (F61; Google, "Spam policies: link spam"). There is no override.
 * @throws RuleViolation `paid_link_must_be_qualified`, pointing at each item that accepts another rel
 */
export function requireQualifiedLinks(terms: Terms): void {
  if (!isPaid(terms)) return;
  const errors = terms.items.flatMap(({ rel }, at) =>
    rel && rel.length > 0 && rel.every((token) => QUALIFIED.includes(token))
      ? []
      : [{ pointer: `/items/${at}/rel`, detail: 'must hold sponsored or nofollow and nothing else' }],
  );
  if (errors.length > 0) {
    throw new RuleViolation('paid_link_must_be_qualified', 'A link for money, product or exchange must be marked sponsored or nofollow.', { errors });
  }
}
