import { IsIn, IsOptional, IsString, IsUUID, Length } from 'class-validator';
import { IsInstant } from '../../platform/http/input/is-instant.decorator.js';
import { SUPPRESSION_KINDS, type SuppressionKind, type SuppressionSource } from './suppression.entity.js';
import type { SuppressionRow } from './suppressions.queries.js';

export class CreateSuppressionRequest {
  /** `domain` covers every address there and at the domains below it. */
  @IsIn(SUPPRESSION_KINDS) kind!: SuppressionKind;
  /** An e-mail address, or a domain such as example.com; free-mail domains are refused. */
  @IsString() @Length(1, 260) value!: string;
  @IsString() @Length(1, 200) reason!: string;
  /** Only for this project; absent: for all of them. */
  @IsOptional() @IsUUID() projectId?: string | null;
  /** Instant from which mail is allowed again; absent: never. */
  @IsOptional() @IsInstant() expiresAt?: string | null;
}

export class RemovalQuery {
  /** Why mail is allowed again; kept with the history. */
  @IsString() @Length(1, 200) reason!: string;
}

export class SuppressionResponse {
  id!: string;
  version!: number;
  kind!: SuppressionKind;
  /** Normalised: lower case, punycode. Null when the person was erased: they are known again by a keyed hash. */
  value!: string | null;
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
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
