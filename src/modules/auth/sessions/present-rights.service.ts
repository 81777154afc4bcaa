import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { keyPermissions, ROLE_PERMISSIONS, type Role, type Scope } from '../../../domain/permissions.js';
import { withinBoth } from '../../../domain/project-scope.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow } from '../../../platform/database/sql.js';
import type { Rights } from '../../../platform/jobs/asker-rights.js';
import { LongWork } from '../../../platform/jobs/long-work.service.js';

interface StandingRow {
  readonly role: Role;
  readonly projectIds: string[] | null;
  /** Null for a person. */
  readonly scopes: Scope[] | null;
  readonly keyProjectIds: string[] | null;
}

/** A session need not last: work goes on when its person has logged out. */
const STANDING = `
  SELECT m.role, m.project_ids AS "projectIds", k.scopes, k.project_ids AS "keyProjectIds"
    FROM members m
    LEFT JOIN api_keys k ON k.workspace_id = m.workspace_id AND k.id = $3 AND k.member_id = m.id
                        AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $4)
   WHERE m.workspace_id = $1 AND m.id = $2 AND m.deactivated_at IS NULL AND ($3::uuid IS NULL OR k.id IS NOT NULL)`;

/** Tells work that outlives its request what the one who asked for it may do now. */
@Injectable()
export class PresentRights implements OnModuleInit {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly work: LongWork,
  ) {}

  onModuleInit(): void {
    this.work.askForRights((actor) => this.of(actor));
  }

  /** @returns undefined when the member has gone, or the key has ended */
  async of({ workspaceId, memberId, apiKeyId }: Actor): Promise<Rights | undefined> {
    const found = await firstRow<StandingRow>(this.db, STANDING, [workspaceId, memberId, apiKeyId ?? null, this.clock.now()]);
    if (!found) return undefined;
    const { role, scopes } = found;
    return {
      role,
      projectIds: withinBoth(found.projectIds, found.keyProjectIds),
      permissions: scopes === null ? ROLE_PERMISSIONS[role] : keyPermissions(role, scopes),
    };
  }
}
