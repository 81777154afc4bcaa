import { readFileSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

/** An account of the machine that something else than we runs as. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom the server may run as when this process is root, best first; undefined when it simply runs as this process does.
 * PostgreSQL refuses to run as root, and `nobody` is second best: other services may run as nobody too.
 */
export function unprivilegedUsers(): readonly SystemUser[] | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return accountsNamed('postgres', 'nobody');
}

/** The accounts of the machine with these names, in this order. */
export function accountsNamed(...names: readonly string[]): readonly SystemUser[] {
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n').map(parseAccount);
  return names.flatMap((name) => accounts.find((account) => account.name === name) ?? []);
}

/** Whether the permission bits let `user` execute the file, or enter the folder, at this path. */
export function canReach(user: SystemUser, path: string): boolean {
  const parent = dirname(path);
  return mayExecute(user, statSync(path)) && (parent === path || canReach(user, parent));
}

function mayExecute(user: SystemUser, { uid, gid, mode }: Stats): boolean {
  if (uid === user.uid) return (mode & 0o100) !== 0;
  return (mode & (gid === user.gid ? 0o010 : 0o001)) !== 0;
}

function parseAccount(line: string): SystemUser {
  const [name = '', , uid, gid] = line.split(':');
  return { name, uid: Number(uid), gid: Number(gid) };
}
