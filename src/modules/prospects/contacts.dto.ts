import { IsIn, IsOptional, IsString, IsUrl, Length, Matches, MaxLength } from 'class-validator';
import { IsZone } from '../../platform/http/input/is-zone.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import { LAWFUL_BASES, type LawfulBasis } from './contact.entity.js';
import type { ContactView } from './contacts.service.js';

export class ChangeContactRequest {
  @IsOptional() @IsString() @OneLine() @MaxLength(100) firstName?: string | null;
  @IsOptional() @IsString() @OneLine() @MaxLength(100) lastName?: string | null;
  @IsOptional() @IsString() @OneLine() @MaxLength(100) role?: string | null;
  /** IANA name, as in Europe/Berlin; mail goes out in the hours of it. */
  @IsOptional() @IsString() @MaxLength(64) @IsZone() timeZone?: string | null;
  /** As in DE. */
  @IsOptional() @Matches(/^[A-Z]{2}$/) country?: string | null;
  /** Where the address was found. */
  @IsOptional() @IsUrl({ protocols: ['http', 'https'], require_protocol: true }) @Length(1, 2048) sourceUrl?: string | null;
  /** Why the address may be used. */
  @IsOptional() @IsIn(LAWFUL_BASES) lawfulBasis?: LawfulBasis | null;
  /** Your own id of the person; unique among contacts. */
  @IsOptional() @IsString() @OneLine() @Length(1, 200) externalRef?: string | null;
}

export class CreateContactRequest extends ChangeContactRequest {
  @IsString() @Length(1, 254) email!: string;
}

/** For one person at a time. */
export class ConsentOverrideRequest {
  /** Why this person may be written to though the law of their country asks for consent; kept with the history. */
  @IsString() @Length(1, 500) reason!: string;
}

export class ContactResponse {
  id!: string;
  version!: number;
  email!: string;
  firstName!: string | null;
  lastName!: string | null;
  role!: string | null;
  timeZone!: string | null;
  country!: string | null;
  sourceUrl!: string | null;
  lawfulBasis!: LawfulBasis | null;
  externalRef!: string | null;
  /** The sites the person belongs to. */
  prospectIds!: string[];
  /** Never mailed, in any project: by address or by domain. */
  suppressed!: boolean;
  /** When somebody answered for it that this person may be written to, and who. */
  consentOverrideAt!: string | null;
  consentOverrideBy!: string | null;
  undeliverableAt!: string | null;
  lastContactedAt!: string | null;
  erasedAt!: string | null;
  /** The contact that this one turned out to be. */
  mergedIntoId!: string | null;
  createdAt!: string;

  static from(row: ContactView): ContactResponse {
    const { id, version, email, firstName, lastName, role, timeZone, country, sourceUrl, lawfulBasis, externalRef, prospectIds, suppressed } = row;
    return {
      ...{ id, version, email, firstName, lastName, role, timeZone, country, sourceUrl, lawfulBasis, externalRef, prospectIds, suppressed },
      consentOverrideAt: row.consentOverrideAt?.toISOString() ?? null,
      consentOverrideBy: row.consentOverrideBy,
      undeliverableAt: row.undeliverableAt?.toISOString() ?? null,
      lastContactedAt: row.lastContactedAt?.toISOString() ?? null,
      erasedAt: row.erasedAt?.toISOString() ?? null,
      mergedIntoId: row.mergedIntoId,
      createdAt: row.createdAt.toISOString(),
    };
  }
}

export class ContactPage {
  data!: ContactResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
