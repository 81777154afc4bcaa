/** What a workspace says about the postal address in its mails. */
export interface AddressSetting {
  readonly addressRule: 'always' | 'never';
  readonly postalAddress: string | null;
}

export interface AddressFinding {
  readonly code: 'postal_address_missing';
  readonly detail: string;
}

/** What the law wants in every mail that nobody asked for (standards 25); undefined where nothing is missing. */
export function addressFinding({ addressRule, postalAddress }: AddressSetting): AddressFinding | undefined {
  if (addressRule === 'never' || postalAddress?.trim()) return undefined;
  const detail =
    'The workspace has no postal address. Set it: PATCH /api/v1/workspace with `postalAddress`; where no law asks for one, with `addressRule`: `never`.';
  return { code: 'postal_address_missing', detail };
}
