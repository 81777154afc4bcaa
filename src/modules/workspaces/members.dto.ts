import { ROLES, type Role } from '../../domain/permissions.js';
import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, ArrayUnique, IsArray, IsBoolean, IsIn, IsOptional, IsUUID } from 'class-validator';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import type { MemberRow } from './members.queries.js';
import { WORK_FATES, type WorkFate } from './open-work.service.js';

const MAX_PROJECTS = 500;

export class ChangeMemberRequest {
  @ApiProperty({ enum: ROLES, required: false })
  @IfGiven()
  @IsIn(ROLES)
  role?: Role;

  /** The only projects that the member sees; null for all of them. An owner sees all. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_PROJECTS)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  projectIds?: string[] | null;

  /** True ends the membership with its logins and keys, once nothing is left in the member's hands; false lets the member come back, without them. */
  @IfGiven()
  @IsBoolean()
  deactivated?: boolean;
}

export class HandOverRequest {
  /** Who takes over. */
  @IsUUID()
  toMemberId!: string;

  /** Only the work in these projects. */
  @IfGiven()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_PROJECTS)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  projectIds?: string[];

  /** Ends the membership too, in the same step. */
  @IfGiven()
  @IsBoolean()
  deactivate?: boolean;
}

export class OpenItemResponse {
  id!: string;
  projectId!: string | null;
  state!: string;
  title!: string | null;
}

export class OpenWorkKind {
  /** As in the path of the resource, such as `opportunities`. */
  kind!: string;
  /** `moves` at a hand-over, `follows` what moves by itself, or `ends` with the membership. */
  @ApiProperty({ enum: WORK_FATES })
  fate!: WorkFate;
  count!: number;
  /** The oldest hundred. */
  items!: OpenItemResponse[];
}

export class OpenWorkResponse {
  memberId!: string;
  work!: OpenWorkKind[];
}

export class HandedOverResponse {
  /** How many of each kind changed hands, as in `{ "opportunities": 12, "tasks": 3 }`. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  moved!: Record<string, number>;
  /** What the member still has in hand; empty when nothing is left. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' } })
  left!: Record<string, number>;
}

export class MemberResponse {
  /** Stands as owner or assignee on records. */
  id!: string;
  version!: number;
  userId!: string;
  name!: string;
  email!: string;
  @ApiProperty({ enum: ROLES })
  role!: Role;
  /** The only projects that the member sees; null for all of them. */
  projectIds!: string[] | null;
  deactivatedAt!: string | null;
  createdAt!: string;

  static from(row: MemberRow): MemberResponse {
    return { ...row, deactivatedAt: row.deactivatedAt?.toISOString() ?? null, createdAt: row.createdAt.toISOString() };
  }
}

export class MemberPage {
  data!: MemberResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
