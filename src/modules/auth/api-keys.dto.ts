import { ApiProperty } from '@nestjs/swagger';
import { ArrayNotEmpty, ArrayMaxSize, ArrayUnique, IsArray, IsIn, IsOptional, IsString, IsUUID, Length } from 'class-validator';
import { IsInstant } from '../../platform/http/is-instant.decorator.js';
import { SCOPES, type Scope } from '../../domain/permissions.js';
import type { ApiKeyRow } from './api-keys.queries.js';

export class CreateApiKeyRequest {
  /** What it is for. */
  @IsString()
  @Length(1, 200)
  name!: string;

  /** What it may do: names such as `prospects:read`, or `*` for all that you may. `inbound:write` is not in `*` and needs `mailboxId`. */
  @ApiProperty({ enum: SCOPES, isArray: true })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(SCOPES.length)
  @ArrayUnique()
  @IsIn(SCOPES, { each: true, message: 'must be permissions such as prospects:read, or *' })
  scopes!: Scope[];

  /** The one mailbox that the key may bring mail into. */
  @IsOptional()
  @IsUUID()
  mailboxId?: string;

  /** From then on it is refused. Without it the key lives until it is revoked. */
  @IsOptional()
  @IsInstant()
  expiresAt?: string;
}

export class ApiKeyResponse {
  id!: string;
  version!: number;
  name!: string;
  /** The first characters of the key. */
  prefix!: string;
  @ApiProperty({ enum: SCOPES, isArray: true })
  scopes!: Scope[];
  mailboxId!: string | null;
  /** Its maker; the key never exceeds their role and dies with their membership. */
  memberId!: string;
  createdAt!: string;
  expiresAt!: string | null;
  /** To the minute. */
  lastUsedAt!: string | null;
  revokedAt!: string | null;

  static from(row: ApiKeyRow): ApiKeyResponse {
    return {
      ...row,
      createdAt: row.createdAt.toISOString(),
      expiresAt: row.expiresAt?.toISOString() ?? null,
      lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
      revokedAt: row.revokedAt?.toISOString() ?? null,
    };
  }
}

export class NewApiKeyResponse extends ApiKeyResponse {
  /** The key itself: `lw_…`. Shown this once. */
  key!: string;
}

export class ApiKeyPage {
  data!: ApiKeyResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
