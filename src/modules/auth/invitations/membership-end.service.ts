import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../../platform/database/sql.js';
import { LongWork } from '../../../platform/jobs/long-work.service.js';
import { MemberChanges } from '../../workspaces/member-changes.service.js';
import { OpenWork, type WorkKind } from '../../workspaces/open-work.service.js';
import { StoredTokenVerifier } from '../sessions/token-verifier.service.js';

const KEYS: WorkKind = {
  kind: 'api-keys',
  fate: 'ends',
  select: `SELECT id, NULL::uuid AS "projectId", 'active' AS state, name AS title FROM api_keys
            WHERE workspace_id = $1 AND member_id = $2 AND revoked_at IS NULL AND $3::uuid[] IS NULL`,
};

const JOBS: WorkKind = {
  kind: 'jobs',
  fate: 'ends',
  select: `SELECT id, NULL::uuid AS "projectId", state, kind AS title FROM jobs
            WHERE workspace_id = $1 AND member_id = $2 AND state IN ('queued', 'running') AND $3::uuid[] IS NULL`,
};

/** Logins, keys, invitations and work that goes on die with a membership, for good: who comes back logs in again and makes new ones. */
@Injectable()
export class MembershipEnd implements OnModuleInit {
  constructor(
    private readonly work: OpenWork,
    private readonly changes: MemberChanges,
    private readonly verifier: StoredTokenVerifier,
    private readonly jobs: LongWork,
  ) {}

  onModuleInit(): void {
    this.work.register(KEYS, JOBS);
    this.work.atLeaving(endCredentials);
    this.work.atLeaving((tx, who) => this.jobs.endOf(tx, who));
    this.changes.onChanged((memberId) => {
      this.verifier.forgetMember(memberId);
    });
  }
}

async function endCredentials(tx: EntityManager, { workspaceId, memberId, at }: Parameters<Parameters<OpenWork['atLeaving']>[0]>[1]): Promise<void> {
  for (const table of ['api_keys', 'sessions']) {
    await rows(tx, `UPDATE ${table} SET revoked_at = $3 WHERE workspace_id = $1 AND member_id = $2 AND revoked_at IS NULL`, [
      workspaceId,
      memberId,
      at,
    ]);
  }
  await rows(
    tx,
    'UPDATE invitations SET revoked_at = $3, version = version + 1 WHERE workspace_id = $1 AND inviter_id = $2 AND accepted_at IS NULL AND revoked_at IS NULL',
    [workspaceId, memberId, at],
  );
}
