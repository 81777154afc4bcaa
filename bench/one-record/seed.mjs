import { newApiKey } from '../../dist/src/modules/auth/api-keys/new-api-key.js';
import { newId } from '../../dist/src/platform/ids.js';
import { domainOf, idOf, RECORDS } from './records.mjs';

/** A workspace full of sites, and a key to read them. @returns the key */
export async function seedRecords(db) {
  const [W, user, member] = [newId(), newId(), newId()];
  const { key, prefix, hash } = newApiKey();
  await db.query(`INSERT INTO workspaces (id, name, created_at) VALUES ($1, 'Tea links', now())`, [W]);
  await db.query(`INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, 'ann@shop.example', 'Ann', '-', now())`, [user]);
  await db.query(`INSERT INTO members (workspace_id, id, user_id, role, created_at) VALUES ($1, $2, $3, 'owner', now())`, [W, member, user]);
  await db.query(
    `INSERT INTO api_keys (workspace_id, id, name, prefix, key_hash, scopes, member_id, created_at) VALUES ($1, $2, 'bench', $3, $4, '{*}', $5, now())`,
    [W, newId(), prefix, hash, member],
  );
  const sites = Array.from({ length: RECORDS }, (_, n) => ({ id: idOf(n), domain: domainOf(n) }));
  await db.query(
    `INSERT INTO prospects (workspace_id, id, domain, url, name, tags, created_at)
     SELECT $1, id, domain, 'https://' || domain || '/', 'A site about tea', '{green,black}', now() FROM jsonb_to_recordset($2::jsonb) AS s (id uuid, domain text)`,
    [W, JSON.stringify(sites)],
  );
  return key;
}
