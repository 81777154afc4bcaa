import { newId } from '../../dist/src/platform/ids.js';
import { linksOf } from './pages.mjs';

/** Reported links that are due, none of them checked before. */
export async function seedLinks(db, origins) {
  const [workspace, project] = [newId(), newId()];
  await db.query(`INSERT INTO workspaces (id, name, created_at) VALUES ($1, 'Tea links', now())`, [workspace]);
  await db.query(
    `INSERT INTO projects (workspace_id, id, name, url, domain, created_at) VALUES ($1, $2, 'Tea shop', 'https://shop.example/', 'shop.example', now())`,
    [workspace, project],
  );
  await db.query(
    `INSERT INTO backlinks (workspace_id, id, project_id, origin, source_url, source_key, target_url, target_key, expected_anchor, state, state_changed_at,
                            next_at, created_at)
     SELECT $1, id, $2, 'manual', "sourceUrl", "sourceUrl", "targetUrl", "targetUrl", anchor, 'reported', now(), now() + n * interval '1 microsecond', now()
       FROM jsonb_to_recordset($3::jsonb) AS l (id uuid, n int, "sourceUrl" text, "targetUrl" text, anchor text)`,
    [workspace, project, JSON.stringify(linksOf(origins).map((link, n) => ({ id: newId(), n, ...link })))],
  );
}
