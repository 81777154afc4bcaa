import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Conflict, Unauthorized } from '../../../domain/errors.js';
import { transact } from '../../../platform/database/transact.js';
import type { SetupRequest } from './auth.dto.js';
import { hashPassword } from '../passwords/passwords.js';
import { type Login, type SessionFacts, Sessions } from '../sessions/sessions.service.js';
import { SetupToken } from './setup-token.service.js';
import { Users } from '../sessions/users.service.js';

/** The first owner of an empty installation; works once. */
@Injectable()
export class Setup {
  constructor(
    private readonly db: DataSource,
    private readonly setupToken: SetupToken,
    private readonly users: Users,
    private readonly sessions: Sessions,
  ) {}

  /**
   * @returns the owner's first session
   * @throws Conflict `already_set_up`, also for the slower one of two at once; Unauthorized `invalid_setup_token`
   */
  async run(input: SetupRequest, facts?: SessionFacts): Promise<Login & { readonly token: string }> {
    if (await this.users.ownerExists()) throw alreadySetUp();
    if (!this.setupToken.matches(input.setupToken)) {
      throw new Unauthorized('This is not the setup token: the server printed it when it started, unless SETUP_TOKEN is set.', 'invalid_setup_token');
    }
    const passwordHash = await hashPassword(input.password);
    return transact(this.db, async (tx) => {
      if (!(await this.users.claimInstallation(tx))) throw alreadySetUp();
      const { email, name, workspaceName } = input;
      const login = await this.users.createOwner(tx, { email, name, passwordHash, installationOwner: true, workspaceName });
      return { ...login, token: await this.sessions.open(tx, login, facts) };
    });
  }

  /** What to tell the operator at the start; undefined once there is an owner. */
  async invitation(): Promise<string | undefined> {
    return (await this.users.ownerExists()) ? undefined : this.setupToken.invitation();
  }
}

function alreadySetUp(): Conflict {
  return new Conflict('already_set_up', 'This installation has an owner already: log in, or ask them for an invitation.');
}
