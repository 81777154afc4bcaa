import { Injectable } from '@nestjs/common';
import { Unauthorized } from '../../../domain/errors.js';
import { type Permission, ROLE_PERMISSIONS } from '../../../domain/permissions.js';
import type { Actor } from '../../../platform/auth/actor.js';
import type { MeResponse } from './auth.dto.js';
import type { Login } from '../sessions/sessions.service.js';
import { Users } from '../sessions/users.service.js';

/** What people are told about themselves. */
@Injectable()
export class Profile {
  constructor(private readonly users: Users) {}

  of({ userId, workspaceId, permissions }: Actor): Promise<MeResponse> {
    return this.describe({ userId, workspaceId }, permissions);
  }

  ofSession(login: Login): Promise<MeResponse> {
    return this.describe(login);
  }

  private async describe(
    { userId, workspaceId }: { readonly userId: string | null; readonly workspaceId: string },
    permissions?: ReadonlySet<Permission>,
  ): Promise<MeResponse> {
    const user = userId === null ? undefined : await this.users.find(userId);
    const workspaces = (user ? await this.users.memberships(user.id) : []).map(({ workspaceId: id, workspaceName: name, role }) => ({
      id,
      name,
      role,
    }));
    const workspace = workspaces.find((one) => one.id === workspaceId);
    if (!user || !workspace) throw new Unauthorized();
    const { id, version, name, email } = user;
    return {
      version,
      user: { id, name, email },
      workspace,
      role: workspace.role,
      permissions: [...(permissions ?? ROLE_PERMISSIONS[workspace.role])],
      workspaces,
    };
  }
}
