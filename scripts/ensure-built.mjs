// Builds when dist/ is missing or older than a source file; an image without sources is left as it is.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const newest = (path) =>
  statSync(path).isDirectory() ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name)))) : statSync(path).mtimeMs;

const sources = ['src', 'migrations', 'client/src', 'package-lock.json', 'scripts/bundle.mjs'].map((name) => join(root, name)).filter(existsSync);
const stamp = join(root, 'dist/.built');
if (existsSync(join(root, 'src')) && (!existsSync(stamp) || statSync(stamp).mtimeMs < Math.max(...sources.map(newest)))) {
  console.log('Building (only after a change) …');
  execFileSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
}
