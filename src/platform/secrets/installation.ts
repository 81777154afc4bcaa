import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { firstRow, rows } from '../database/sql.js';
import { LinkSigner, SecretBox } from './secret-box.js';

const KEY_CHECK = 'linkwright';

/**
 * Opens the installation's own keys, or makes them at the first start.
 * @throws WrongSecretKey when SECRET_KEY is not the one this database was made with
 */
export async function openInstallation(db: Pick<DataSource, 'query'>, box: SecretBox): Promise<LinkSigner> {
  await rows(db, `INSERT INTO installation (key_check, link_key_sealed) VALUES ($1, $2) ON CONFLICT (one_row) DO NOTHING`, [
    box.seal(KEY_CHECK, 'installation.check'),
    box.seal(randomBytes(32).toString('base64'), 'installation.link'),
  ]);
  const row = await firstRow<{ check: string; link: string }>(db, 'SELECT key_check AS check, link_key_sealed AS link FROM installation');
  if (!row) throw new Error('The installation has no keys.');
  box.open(row.check, 'installation.check');
  return new LinkSigner(Buffer.from(box.open(row.link, 'installation.link'), 'base64'));
}
