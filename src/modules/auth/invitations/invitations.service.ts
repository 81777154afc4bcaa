import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { normaliseEmail } from '../../../domain/email-address.js';
import { Conflict, Forbidden, NotFound, RuleViolation } from '../../../domain/errors.js';
import { judgeNewcomer } from '../../../domain/member-rules.js';
import type { Role } from '../../../domain/permissions.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { Clock, DAY_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { changeRow } from '../../../platform/database/versioned.js';
import type { IfVersion } from '../../../platform/http/input/if-match.decorator.js';
import type { Page } from '../../../platform/http/lists/paging.js';
import { newId } from '../../../platform/ids.js';
import { SystemMail } from '../../../platform/mail/system-mail.service.js';
import { hashToken, newToken } from '../../../platform/secrets/tokens.js';
import { requireProjects } from '../../workspaces/seen-projects.service.js';
import { lockTeam, refusal, requireTeamManager } from '../../workspaces/team.service.js';
import { findInvitation, type InvitationList, type InvitationRow, listInvitations } from './invitations.queries.js';

const INVITATION_MS = 7 * DAY_MS;

export interface NewInvitation {
  readonly email: string;
  readonly role: Role;
  readonly projectIds?: readonly string[] | null;
}

export interface SentInvitation {
  readonly row: InvitationRow;
  /** For the inviter to pass on; null when it went out by mail. */
  readonly link: string | null;
  /** False when somebody had been invited already. */
  readonly created: boolean;
}

/** Asks people into a workspace. A link works once, for seven days, and ends the one before. */
@Injectable()
export class Invitations {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly mail: SystemMail,
  ) {}

  /** @throws Forbidden for who sees only some projects: invitations are of all of them */
  async list(actor: Actor, list: InvitationList): Promise<Page<InvitationRow>> {
    if (actor.projectIds !== null) throw refusal('outside_border');
    return listInvitations(this.db, { workspaceId: actor.workspaceId, now: this.clock.now() }, list);
  }

  /**
   * Inviting an address again renews its invitation, with the role and projects that are asked for now.
   * @throws Forbidden, NotFound for a project; RuleViolation `invalid_email`, `role_exceeds_yours`, `owner_sees_all`; Conflict `already_member`
   */
  invite(actor: Actor, input: NewInvitation): Promise<SentInvitation> {
    const { role, projectIds = null } = input;
    const email = input.email.trim();
    if (normaliseEmail(email) === undefined) throw RuleViolation.at('/email', 'invalid_email', 'No mail can be sent to this address.');
    return transact(this.db, async (tx) => {
      await this.requireMayInvite(tx, actor, { role, projectIds });
      await requireProjects(tx, actor, projectIds);
      await requireNotIn(tx, actor.workspaceId, email);
      const { workspaceId } = actor;
      const open = await firstRow<{ id: string }>(
        tx,
        'SELECT id FROM invitations WHERE workspace_id = $1 AND lower(email) = lower($2) AND accepted_at IS NULL AND revoked_at IS NULL',
        [workspaceId, email],
      );
      const id = open?.id ?? newId();
      const token = newToken();
      const now = this.clock.now();
      const values = [
        workspaceId,
        id,
        email,
        role,
        projectIds,
        actor.memberId,
        hashToken(token),
        now,
        new Date(now.getTime() + INVITATION_MS),
        actor.apiKeyId ?? null,
      ];
      await rows(
        tx,
        `INSERT INTO invitations (workspace_id, id, email, role, project_ids, inviter_id, token_hash, created_at, expires_at, key_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (workspace_id, id) DO UPDATE SET email = $3, role = $4, project_ids = $5, inviter_id = $6, token_hash = $7, expires_at = $9, key_id = $10,
           version = invitations.version + 1`,
        values,
      );
      const action = open ? 'invitation.renewed' : 'invitation.created';
      await audit(tx, actor, { action, subjectId: id, at: now, details: { role, projectIds } });
      return { ...(await this.send(tx, actor, id, token)), created: !open };
    });
  }

  /** A new link for the same invitation. @throws NotFound, Forbidden, RuleViolation `role_exceeds_yours`; Conflict `invitation_closed` */
  resend(actor: Actor, id: string): Promise<SentInvitation> {
    const { workspaceId } = actor;
    return transact(this.db, async (tx) => {
      const { role, projectIds } = await this.requireOpen(tx, actor, id);
      await this.requireMayInvite(tx, actor, { role, projectIds });
      const token = newToken();
      const now = this.clock.now();
      await changeRow(
        tx,
        { table: 'invitations', thing: 'invitation', workspaceId, id, ifVersion: '*' },
        {
          token_hash: hashToken(token),
          expires_at: new Date(now.getTime() + INVITATION_MS),
          inviter_id: actor.memberId,
          key_id: actor.apiKeyId ?? null,
        },
      );
      await audit(tx, actor, { action: 'invitation.renewed', subjectId: id, at: now, details: { role, projectIds } });
      return { ...(await this.send(tx, actor, id, token)), created: false };
    });
  }

  /** Ends the link. One that was revoked before stays as it is. @throws NotFound, VersionMismatch, Forbidden, Conflict `invitation_closed` */
  async revoke(actor: Actor, id: string, ifVersion: IfVersion): Promise<void> {
    const { workspaceId } = actor;
    await transact(this.db, async (tx) => {
      await lockTeam(tx, workspaceId);
      await requireTeamManager(tx, actor);
      await changeRow(tx, { table: 'invitations', thing: 'invitation', workspaceId, id, ifVersion }, {});
      const now = this.clock.now();
      const revoked = await rows(
        tx,
        `UPDATE invitations SET revoked_at = COALESCE(revoked_at, $3) WHERE workspace_id = $1 AND id = $2 AND accepted_at IS NULL RETURNING id`,
        [workspaceId, id, now],
      );
      if (revoked.length === 0) throw closed();
      await audit(tx, actor, { action: 'invitation.revoked', subjectId: id, at: now });
    });
  }

  private async requireMayInvite(tx: EntityManager, actor: Actor, wish: { role: Role; projectIds: readonly string[] | null }): Promise<void> {
    if (actor.memberId === null) throw new Forbidden('An invitation needs a member who invites.');
    await lockTeam(tx, actor.workspaceId);
    const refused = judgeNewcomer(await requireTeamManager(tx, actor), wish);
    if (refused !== undefined) throw refusal(refused);
  }

  private async requireOpen(tx: EntityManager, actor: Actor, id: string): Promise<InvitationRow> {
    await lockTeam(tx, actor.workspaceId);
    const row = await findInvitation(tx, { workspaceId: actor.workspaceId, now: this.clock.now() }, id);
    if (!row) throw new NotFound('invitation');
    if (row.state === 'accepted' || row.state === 'revoked') throw closed();
    return row;
  }

  private async send(tx: EntityManager, actor: Actor, id: string, token: string): Promise<Pick<SentInvitation, 'row' | 'link'>> {
    const { workspaceId } = actor;
    const row = await findInvitation(tx, { workspaceId, now: this.clock.now() }, id);
    if (!row) throw new NotFound('invitation');
    const path = `/invitation#token=${token}`;
    if (!this.mail.configured) return { row, link: this.mail.link(path) };
    const names = await firstRow<{ workspaceName: string; inviterName: string }>(
      tx,
      `SELECT w.name AS "workspaceName", u.name AS "inviterName" FROM members m JOIN users u ON u.id = m.user_id JOIN workspaces w ON w.id = m.workspace_id
        WHERE m.workspace_id = $1 AND m.id = $2`,
      [workspaceId, actor.memberId],
    );
    if (!names) throw new NotFound('member');
    const values = { ...names, role: row.role, expiresOn: dayOf(row.expiresAt) };
    await this.mail.send(tx, { workspaceId, to: { email: row.email }, mail: 'invitation', values, path });
    return { row, link: null };
  }
}

async function requireNotIn(tx: EntityManager, workspaceId: string, email: string): Promise<void> {
  const member = await firstRow<{ id: string; deactivated: boolean }>(
    tx,
    `SELECT m.id, m.deactivated_at IS NOT NULL AS deactivated FROM members m JOIN users u ON u.id = m.user_id
      WHERE m.workspace_id = $1 AND lower(u.email) = lower($2)`,
    [workspaceId, email],
  );
  if (!member) return;
  const detail = member.deactivated
    ? 'Somebody with this address was in the workspace: bring them back with PATCH /members/{id} { "deactivated": false }.'
    : 'Somebody with this address is in the workspace already.';
  throw new Conflict('already_member', detail, { memberId: member.id });
}

function closed(): Conflict {
  return new Conflict('invitation_closed', 'This invitation was accepted or revoked. Invite the address again if you want to.');
}

/** As in 9 November 2026. */
function dayOf(instant: Date): string {
  return instant.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
}
