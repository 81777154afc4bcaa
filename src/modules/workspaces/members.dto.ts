import { ROLES, type Role } from '../../domain/permissions.js';
import { ApiProperty } from '@nestjs/swagger';
import type { MemberRow } from './members.queries.js';

export class MemberResponse {
  /** Stands as owner or assignee on records. */
  id!: string;
  version!: number;
  userId!: string;
  name!: string;
  email!: string;
  @ApiProperty({ enum: ROLES })
  role!: Role;
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
