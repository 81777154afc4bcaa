import { accountsNamed } from '../database/embedded/system-user.js';

/**
 * Makes a process of root one of an account that owns nothing; all others stay what they are. Not the account of the embedded
 * database, whose files a browser that was broken out of could read.
 * @returns false when this process is root and stays so
 */
export function giveUpRoot(): boolean {
  if (process.getuid?.() !== 0) return true;
  const user = accountsNamed('daemon', 'nobody')[0];
  if (!user || !process.setgroups || !process.setgid || !process.setuid) return false;
  process.setgroups([]);
  process.setgid(user.gid);
  process.setuid(user.uid);
  return true;
}
