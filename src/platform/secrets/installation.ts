import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { firstRow, rows } from '../database/sql.js';
import { LinkSigner, SecretBox } from './secret-box.js';
import { SuppressionHasher } from './suppression-hasher.js';

const KEY_CHECK = 'linkwright';

type Db = Pick<DataSource, 'query'>;

/**
 * Opens the installation's own keys, or makes them at the first start.
 * @throws WrongSecretKey when SECRET_KEY is not the one this database was made with
 */
export async function openInstallation(db: Db, box: SecretBox): Promise<LinkSigner> {
  await rows(db, `INSERT INTO installation (key_check, link_key_sealed) VALUES ($1, $2) ON CONFLICT (one_row) DO NOTHING`, [
    box.seal(KEY_CHECK, 'installation.check'),
    box.seal(newKey(), 'installation.link'),
  ]);
  const row = await firstRow<{ check: string; link: string }>(db, 'SELECT key_check AS check, link_key_sealed AS link FROM installation');
  if (!row) throw new Error('The installation has no keys.');
  box.open(row.check, 'installation.check');
  return new LinkSigner(keyOf(box, row.link, 'installation.link'));
}

/**
 * The key by which people who were erased are known again, made when there is none yet. Call it after `openInstallation`,
 * which has looked at SECRET_KEY.
 */
export async function openSuppressionKey(db: Db, box: SecretBox): Promise<SuppressionHasher> {
  const context = 'installation.suppression';
  await rows(db, 'UPDATE installation SET suppression_key_sealed = $1 WHERE suppression_key_sealed IS NULL', [box.seal(newKey(), context)]);
  const row = await firstRow<{ sealed: string }>(db, 'SELECT suppression_key_sealed AS sealed FROM installation');
  if (!row) throw new Error('The installation has no keys.');
  return new SuppressionHasher(keyOf(box, row.sealed, context));
}

function newKey(): string {
  return randomBytes(32).toString('base64');
}

function keyOf(box: SecretBox, sealed: string, context: string): Buffer {
  return Buffer.from(box.open(sealed, context), 'base64');
}
