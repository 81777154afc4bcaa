import { mkdirSync, statSync } from 'node:fs';

const PATH = '/var/lib/linkwright';

/**
 * Where root keeps the cluster and a copy of the binaries when the unprivileged user cannot reach the checkout or the data
 * folder (say, both below /root). Belongs to root, so that nobody else can plant binaries in it; may be entered by all.
 */
export function privatePlace(): string {
  mkdirSync(PATH, { recursive: true, mode: 0o755 });
  if (statSync(PATH).uid !== 0) throw new Error(`${PATH} must belong to root. Repair that, or set DATABASE_URL to a PostgreSQL server.`);
  return PATH;
}
