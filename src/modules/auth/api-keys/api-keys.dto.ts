import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsInt, IsOptional, IsString, IsUUID, Length, Max, Min } from 'class-validator';
import { IfGiven } from '../../../platform/http/input/if-given.decorator.js';
import { IsInstant } from '../../../platform/http/input/is-instant.decorator.js';
import { OneLine } from '../../../platform/http/input/one-line.decorator.js';
import { SCOPES, type Scope } from '../../../domain/permissions.js';
import type { ApiKeyRow } from './api-keys.queries.js';

const MAX_PROJECTS = 200;
const MAX_OVERLAP_SECONDS = 86_400;

export class CreateApiKeyRequest {
  /** What it is for. */
  @IsString()
  @OneLine()
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

  /** Holds the key to these projects, inside those that its maker sees. Without it the key sees what its maker does. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_PROJECTS)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  projectIds?: string[] | null;
}

/** Absent stays. */
export class ChangeApiKeyRequest {
  @IfGiven()
  @IsString()
  @OneLine()
  @Length(1, 200)
  name?: string;

  /** Null: the key lives until it is revoked. */
  @IsOptional()
  @IsInstant()
  expiresAt?: string | null;

  /** Null: what its maker sees. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_PROJECTS)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  projectIds?: string[] | null;
}

export class RotateApiKeyRequest {
  /** For so long, a day at most, the old key is good beside the new one; without it the old one stops at once. */
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(MAX_OVERLAP_SECONDS)
  overlapSeconds?: number;
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
  /** The projects that it is held to; null: those of its maker. */
  projectIds!: string[] | null;
  /** Its maker; the key never exceeds their role and dies with their membership. */
  memberId!: string;
  /** The key that made it; null for one that a person made. It never exceeds that key, and ends with it. */
  madeByKeyId!: string | null;
  createdAt!: string;
  expiresAt!: string | null;
  /** To the minute. */
  lastUsedAt!: string | null;
  revokedAt!: string | null;
  /** After a rotation: until then the key before it is good too. */
  oldKeyUntil!: string | null;

  static from(row: ApiKeyRow): ApiKeyResponse {
    return {
      ...row,
      createdAt: row.createdAt.toISOString(),
      expiresAt: row.expiresAt?.toISOString() ?? null,
      lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
      revokedAt: row.revokedAt?.toISOString() ?? null,
      oldKeyUntil: row.oldKeyUntil?.toISOString() ?? null,
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
