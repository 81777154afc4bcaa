import { IsIn, IsISO8601, IsOptional, IsString, IsUUID, Length, Matches } from 'class-validator';
import { SUPPRESSION_KINDS, type SuppressionKind, type SuppressionSource } from './suppression.entity.js';
import type { SuppressionRow } from './suppressions.queries.js';

/** ISO 8601 has forms, such as weeks, that Date does not read. */
const INSTANT = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

export class CreateSuppressionRequest {
  /** `domain` covers every address there and at the domains below it. */
  @IsIn(SUPPRESSION_KINDS) kind!: SuppressionKind;
  /** An e-mail address, or a domain such as example.com; free-mail domains are refused. */
  @IsString() @Length(1, 260) value!: string;
  @IsString() @Length(1, 200) reason!: string;
  /** Only for this project; absent: for all of them. */
  @IsOptional() @IsUUID() projectId?: string | null;
  /** Instant from which mail is allowed again; absent: never. */
  @IsOptional() @Matches(INSTANT, { message: 'must be an instant such as 2026-11-22T09:00:00Z' }) @IsISO8601({ strict: true }) expiresAt?:
    string | null;
}

export class RemovalQuery {
  /** Why mail is allowed again; kept with the history. */
  @IsString() @Length(1, 200) reason!: string;
}

export class SuppressionResponse {
  id!: string;
  version!: number;
  kind!: SuppressionKind;
  /** Normalised: lower case, punycode. */
  value!: string;
  reason!: string;
  source!: SuppressionSource;
  projectId!: string | null;
  expiresAt!: string | null;
  createdAt!: string;

  static from(row: SuppressionRow): SuppressionResponse {
    const { id, version, kind, value, reason, source, projectId, expiresAt, createdAt } = row;
    return { id, version, kind, value, reason, source, projectId, expiresAt: expiresAt?.toISOString() ?? null, createdAt: createdAt.toISOString() };
  }
}

export class SuppressionPage {
  data!: SuppressionResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
}
