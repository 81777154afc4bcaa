import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The key of an installation without SECRET_KEY: made at the first start, kept 0600 in DATA_DIR.
 * Two first starts at once agree on one key: the file appears whole or not at all, and the first one stays.
 */
export async function readOrMakeSecretKey(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secret.key');
  const read = async (): Promise<string | undefined> =>
    readFile(path, 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    );
  const present = await read();
  if (present !== undefined) return present;
  await mkdir(dataDir, { recursive: true });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  await link(draft, path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  await rm(draft, { force: true });
  const made = await read();
  if (made === undefined) throw new Error(`Cannot read ${path}.`);
  return made;
}
