import type { INestApplicationContext } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { ROLE_PERMISSIONS } from '../domain/permissions.js';
import { hashPassword } from '../modules/auth/passwords/passwords.js';
import { Users } from '../modules/auth/sessions/users.service.js';
import { Projects } from '../modules/projects/projects.service.js';
import { Prospects } from '../modules/prospects/prospects.service.js';
import { Starters } from '../modules/sequences/starters.service.js';
import type { Actor } from '../platform/auth/actor.js';
import { firstRow } from '../platform/database/sql.js';
import { transact } from '../platform/database/transact.js';
import { withApp } from './with-app.js';

const OWNER = { email: 'owner@seed.example', name: 'Owner of the seed', workspaceName: 'Seed' };
const PROJECT = { name: 'Tea shop', url: 'https://tea-shop.example/', externalRef: 'seed-project' };
const SITES = ['tea-blog.example', 'kettle-review.example', 'slow-mornings.example'];

/** `seed`: a workspace with a project, the starter sequence for guest posts and a few prospects. What is there already stays as it is. */
export async function runSeed(): Promise<void> {
  await withApp(async (app) => {
    process.stdout.write(`${await seed(app)}\n`);
  });
}

/** @returns what a person needs to look at it */
export async function seed(app: INestApplicationContext): Promise<string> {
  const { actor, password } = await ensureOwner(app);
  const db = app.get(DataSource);
  const known = await firstRow(db, 'SELECT FROM projects WHERE workspace_id = $1 AND external_ref = $2', [actor.workspaceId, PROJECT.externalRef]);
  if (!known) await app.get(Projects).create(actor, PROJECT);
  if (!known) await app.get(Starters).create(actor, 'guest_post');
  const prospects = app.get(Prospects);
  for (const domain of SITES) {
    const { prospect } = await prospects.create(actor, { url: `https://${domain}/`, tags: ['seed'] });
    await prospects.createContact(actor, prospect.id, { email: `editor@${domain}` });
  }
  return password === undefined ? 'Seeded already; all is in place.' : `Seeded. Log in as ${OWNER.email} with the password ${password}`;
}

async function ensureOwner(app: INestApplicationContext): Promise<{ actor: Actor; password?: string }> {
  const users = app.get(Users);
  const known = await users.findByEmail(OWNER.email);
  const [membership] = known ? await users.memberships(known.id) : [];
  if (known && membership) return { actor: actorOf({ userId: known.id, ...membership }) };
  const password = randomBytes(12).toString('base64url');
  const passwordHash = await hashPassword(password);
  const made = await transact(app.get(DataSource), async (tx) =>
    users.createOwner(tx, { ...OWNER, passwordHash, installationOwner: await users.claimInstallation(tx) }),
  );
  return { actor: actorOf(made), password };
}

function actorOf({ userId, workspaceId, memberId }: { userId: string; workspaceId: string; memberId: string }): Actor {
  return { userId, workspaceId, memberId, role: 'owner', projectIds: null, permissions: ROLE_PERMISSIONS.owner, via: 'system' };
}
