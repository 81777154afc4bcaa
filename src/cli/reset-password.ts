import type { INestApplicationContext } from '@nestjs/common';
import { PasswordReset } from '../modules/auth/passwords/password-reset.service.js';
import { RESET_MINUTES } from '../modules/auth/passwords/reset-links.service.js';
import { withApp } from './with-app.js';

/** `reset-password <email>`: prints a link to choose a new password, for an installation that sends no mail. */
export async function runResetPassword([email]: string[]): Promise<void> {
  if (email === undefined) throw new Error('Say whose: reset-password <email>');
  await withApp(async (app) => {
    process.stdout.write(`${await resetPassword(app, email)}\n`);
  });
}

/** @returns what to pass on, for people */
export async function resetPassword(app: INestApplicationContext, email: string): Promise<string> {
  const link = await app.get(PasswordReset).linkFor(email);
  if (link === undefined) throw new Error(`There is no user with the address ${email}.`);
  return `A new password for ${email} can be chosen here, once and within ${RESET_MINUTES} minutes:\n${link}`;
}
