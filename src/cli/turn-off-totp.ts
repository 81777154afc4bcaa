import type { INestApplicationContext } from '@nestjs/common';
import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { SecondFactors } from '../modules/auth/second-factor/second-factors.service.js';
import { Users } from '../modules/auth/sessions/users.service.js';
import { audit } from '../platform/audit/audit-trail.js';
import { systemActor } from '../platform/auth/system-actor.js';
import { Clock } from '../platform/clock.js';
import { transact } from '../platform/database/transact.js';
import { withApp } from './with-app.js';

/** `turn-off-totp <email>`: whoever runs the installation vouches for a user who lost their app and their recovery codes. */
export async function runTurnOffTotp(args: string[]): Promise<void> {
  const [email] = parseArgs({ args, allowPositionals: true }).positionals;
  if (email === undefined) throw new Error('Say whose: turn-off-totp <email>');
  await withApp(async (app) => {
    process.stdout.write(`${await turnOffTotp(app, email)}\n`);
  });
}

/** @returns what was done, for people */
export async function turnOffTotp(app: INestApplicationContext, email: string): Promise<string> {
  const users = app.get(Users);
  const user = await users.findByEmail(email);
  if (!user) throw new Error('There is no user with this address.');
  const memberships = await users.memberships(user.id);
  await transact(app.get(DataSource), async (tx) => {
    await app.get(SecondFactors).turnOff(tx, user.id);
    for (const { workspaceId } of memberships) {
      await audit(tx, systemActor(workspaceId), { action: 'totp.disabled', subjectId: user.id, at: app.get(Clock).now() });
    }
  });
  return `${email} logs in with the password alone from now on.`;
}
