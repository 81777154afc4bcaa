import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The `templates` folder of the package: the same one whether this file runs from `src` or from `dist/src`. */
export function templateFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'templates');
    if (existsSync(join(candidate, 'pages', 'layout.hbs'))) return candidate;
  }
  throw new Error('the templates folder of this installation is missing');
}
