// Every package that ships with the product must allow use under MIT. Names the ones that do not.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ALLOWED =
  /^\(?(MIT|MIT-0|ISC|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|Python-2\.0|PostgreSQL|MPL-2\.0|EUPL-1\.1\+)\b/;
const root = join(import.meta.dirname, '..');
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));

const licenceOf = (path, entry) => {
  if (entry.license) return String(entry.license);
  try {
    const manifest = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
    return String(manifest.license?.type ?? manifest.license ?? manifest.licenses?.[0]?.type ?? 'none');
  } catch {
    return 'none';
  }
};

const shipped = Object.entries(packages).filter(
  ([path, entry]) => path.startsWith('node_modules/') && !entry.dev && !entry.link && !entry.devOptional,
);
const refused = shipped.map(([path, entry]) => [path, licenceOf(path, entry)]).filter(([, licence]) => !ALLOWED.test(licence));
for (const [path, licence] of refused) console.error(`${path.replace('node_modules/', '')}: ${licence}`);
console.log(`${shipped.length} packages ship with the product, ${refused.length} with a licence that needs a look.`);
process.exit(refused.length > 0 ? 1 : 0);
