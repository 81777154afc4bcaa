import type { INestApplicationContext } from '@nestjs/common';
import { isEmail, isUUID, length } from 'class-validator';
import { parseArgs } from 'node:util';
import { DataSource, type EntityManager } from 'typeorm';
import { ROLES, type Role } from '../domain/permissions.js';
import { hashPassword, PASSWORD_MAX, PASSWORD_MIN } from '../modules/auth/passwords/passwords.js';
import { Users } from '../modules/auth/sessions/users.service.js';
import { Members } from '../modules/workspaces/members.service.js';
import { Workspaces } from '../modules/workspaces/workspaces.service.js';
import { rows } from '../platform/database/sql.js';
import { transact } from '../platform/database/transact.js';
import { readPassword } from './read-password.js';
import { withApp } from './with-app.js';

interface Wish {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** Name or id; without it the only one there is. */
  readonly workspace?: string;
}

/** `create-user <email>`: makes the user unless they exist, and lets them into a workspace; an owner's workspace is made when missing. */
export async function runCreateUser(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { name: { type: 'string' }, workspace: { type: 'string' }, role: { type: 'string' }, 'password-stdin': { type: 'boolean' } },
  });
  const [email = ''] = positionals;
  const role = ROLES.find((one) => one === (values.role ?? 'member'));
  if (!isEmail(email) || email.length > 254) throw new Error('Say whom: create-user <email>');
  if (!role) throw new Error(`--role is one of ${ROLES.join(', ')}.`);
  const wish: Wish = { email, role, name: values.name ?? email, ...(values.workspace !== undefined && { workspace: values.workspace }) };
  if (!length(wish.name, 1, 200)) throw new Error('--name has 1 to 200 characters.');
  await withApp(async (app) => {
    const known = await app.get(Users).findByEmail(email);
    const password = known ? undefined : await readPassword({ fromPipe: values['password-stdin'] === true });
    process.stdout.write(`${await createUser(app, wish, known?.id ?? { password: password ?? '' })}\n`);
  });
}

/**
 * @param who  id of a known user, or the password of a new one
 * @returns what was done, for people
 */
export async function createUser(app: INestApplicationContext, wish: Wish, who: string | { readonly password: string }): Promise<string> {
  if (typeof who !== 'string' && !length(who.password, PASSWORD_MIN, PASSWORD_MAX)) {
    throw new Error(`A password has ${PASSWORD_MIN} to ${PASSWORD_MAX} characters.`);
  }
  const passwordHash = typeof who === 'string' ? '' : await hashPassword(who.password);
  const users = app.get(Users);
  return transact(app.get(DataSource), async (tx) => {
    const installationOwner = typeof who !== 'string' && wish.role === 'owner' && (await users.claimInstallation(tx));
    const userId = typeof who === 'string' ? who : await users.create(tx, { email: wish.email, name: wish.name, passwordHash, installationOwner });
    const workspace = await findWorkspace(tx, wish);
    if (workspace) {
      const there = await rows(tx, 'SELECT FROM members WHERE workspace_id = $1 AND user_id = $2', [workspace.id, userId]);
      if (there.length > 0) throw new Error(`${wish.email} belongs to ${workspace.name} already.`);
      await app.get(Members).join(tx, { workspaceId: workspace.id, userId, role: wish.role });
      return `${wish.email} is now ${wish.role} of ${workspace.name}.`;
    }
    if (wish.role !== 'owner' || wish.workspace === undefined)
      throw new Error('There is no such workspace. A new one is made for --role owner with --workspace.');
    await app.get(Workspaces).found(tx, wish.workspace, userId);
    return `${wish.email} is now owner of the new workspace ${wish.workspace}.`;
  });
}

async function findWorkspace(tx: EntityManager, { workspace }: Wish): Promise<{ id: string; name: string } | undefined> {
  const found = await rows<{ id: string; name: string }>(
    tx,
    'SELECT id, name FROM workspaces WHERE $1::text IS NULL OR name = $1 OR id = $2::uuid ORDER BY created_at LIMIT 2',
    [workspace ?? null, isUUID(workspace) ? workspace : null],
  );
  if (found.length > 1) throw new Error('Several workspaces fit: name one by its id with --workspace.');
  return found[0];
}
