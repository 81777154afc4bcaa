import { spawn, type SpawnOptions } from 'node:child_process';
import type { SystemUser } from './system-user.js';

/** Ours never reaches the children: it carries secrets, and PG* or LC_* variables would change what they do. Windows programs need theirs. */
const ENVIRONMENT = process.platform === 'win32' ? {} : { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };

/** How every PostgreSQL program is started: as `user`, in a folder that this user can enter. */
export function spawnOptions(user: SystemUser | undefined, cwd: string): SpawnOptions {
  return { ...ENVIRONMENT, cwd, windowsHide: true, ...(user && { uid: user.uid, gid: user.gid }) };
}

export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly options: SpawnOptions;
  readonly input?: string;
}

/**
 * Runs a program to its end.
 * @returns what it printed on both channels
 * @throws Error with that text when it cannot start or exits with anything but 0
 */
export async function runProgram({ path, args, options, input }: Program): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { ...options, stdio: 'pipe' });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.on('error', () => undefined); // it ended before it read all: the exit code tells
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const output = Buffer.concat(chunks).toString().trim();
      if (code === 0) resolve(output);
      else reject(new Error(`${path} ended with ${code ?? signal ?? 'an unknown code'}: ${output}`));
    });
  });
}
